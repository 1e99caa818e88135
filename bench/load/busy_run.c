#include "busy_run.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>

#include "connection.h"
#include "histogram.h"
#include "process_cpu.h"

enum { kMaxEvents = 256, kStallMs = 10000 };

typedef struct Measure {
  uint64_t started_at_ns;  // 0 while warming up
  uint64_t ended_at_ns;
  CpuTime server_at_start;
  CpuTime server_at_end;
  Histogram latency;  // its total is the number of requests
} Measure;

static CpuTime ServerCpu(const Options* options) {
  if (options->server_pid == 0) {
    return (CpuTime){.threads_ns = -1, .process_ns = 0};
  }
  return ReadCpuTime(options->server_pid);
}

static void Print(const Measure* measure, const Options* options) {
  const double seconds =
      (double)(measure->ended_at_ns - measure->started_at_ns) / 1e9;
  printf("{\"requests\":%" PRIu64 ",\"seconds\":%.6f", measure->latency.total,
         seconds);
  if (options->server_pid != 0) {
    printf(",\"serverCpuNs\":%" PRId64,
           CpuTimeBetween(measure->server_at_start, measure->server_at_end));
  }
  printf(",\"p50Ns\":%" PRIu64 ",\"p99Ns\":%" PRIu64 ",\"maxNs\":%" PRIu64
         "}\n",
         HistogramQuantile(&measure->latency, 0.5),
         HistogramQuantile(&measure->latency, 0.99),
         HistogramQuantile(&measure->latency, 1));
}

// Answers whether the measuring window is over.
static bool Advance(Measure* measure, const Options* options, uint64_t now,
                    uint64_t warm_at_ns) {
  if (measure->started_at_ns == 0) {
    if (now < warm_at_ns) return false;
    measure->server_at_start = ServerCpu(options);
    measure->started_at_ns = NowNs();
    return false;
  }
  const bool is_over =
      options->count > 0
          ? measure->latency.total >= (uint64_t)options->count
          : (double)(now - measure->started_at_ns) >= options->seconds * 1e9;
  if (!is_over) return false;
  measure->ended_at_ns = now;
  measure->server_at_end = ServerCpu(options);
  return true;
}

static void OnReadable(Connection* connection, const Options* options,
                       HeadCache* cache, Measure* measure) {
  const int complete = ConnectionReceive(connection, options, cache);
  if (complete > 0 && measure->started_at_ns != 0) {
    const uint64_t latency_ns = NowNs() - connection->sent_at_ns;
    for (int i = 0; i < complete; i++) {
      HistogramAdd(&measure->latency, latency_ns);
    }
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
  const uint64_t warm_at_ns = NowNs() + (uint64_t)(options->warmup_s * 1e9);
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
  } while (!Advance(&measure, options, NowNs(), warm_at_ns));
  Print(&measure, options);
}
