#include "busy_run.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>

#include "connection.h"
#include "measure.h"

enum { kMaxEvents = 256, kStallMs = 10000 };

static void OnReadable(Connection* connection, const Options* options,
                       HeadCache* cache, Measure* measure) {
  const int complete = ConnectionReceive(connection, options, cache);
  if (complete > 0) {
    MeasureAdd(measure, NowNs() - connection->sent_at_ns, complete);
  }
  if (connection->outstanding == 0 && !options->fan_out) {
    ConnectionSend(connection, options);
  }
}

// One message goes out, and has to come in everywhere.
static void SendToAll(Connection* connections, const Options* options) {
  const uint64_t now = NowNs();
  for (int i = 0; i < options->connections; i++) {
    connections[i].outstanding = options->depth;
    connections[i].sent_at_ns = now;
  }
  ConnectionSend(&connections[0], options);
}

void RunBusy(const Options* options) {
  static Measure measure;
  static HeadCache cache;
  const int epoll = epoll_create1(EPOLL_CLOEXEC);
  Connection* connections =
      calloc((size_t)options->connections, sizeof *connections);
  if (epoll < 0 || connections == NULL) abort();
  for (int i = 0; i < options->connections; i++) {
    ConnectionOpen(&connections[i], options);
    struct epoll_event event = {.events = EPOLLIN,
                                .data.ptr = &connections[i]};
    if (epoll_ctl(epoll, EPOLL_CTL_ADD, connections[i].fd, &event) != 0) {
      abort();
    }
  }
  MeasureStart(&measure, options);
  if (options->fan_out) {
    SendToAll(connections, options);
  } else {
    for (int i = 0; i < options->connections; i++) {
      ConnectionSend(&connections[i], options);
    }
  }
  int waiting = options->connections;
  struct epoll_event events[kMaxEvents];
  do {
    const int count = epoll_wait(epoll, events, kMaxEvents, kStallMs);
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) {
      fprintf(stderr, "load: no response for %d seconds\n", kStallMs / 1000);
      exit(1);
    }
    for (int i = 0; i < count; i++) {
      Connection* connection = events[i].data.ptr;
      const bool waited = connection->outstanding != 0;
      OnReadable(connection, options, &cache, &measure);
      if (waited && connection->outstanding == 0) waiting--;
    }
    if (options->fan_out && waiting == 0) {
      SendToAll(connections, options);
      waiting = options->connections;
    }
  } while (!MeasureAdvance(&measure, options));
  MeasurePrint(&measure, options);
}
