#include "handshake_run.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "connection.h"
#include "measure.h"

enum { kMaxEvents = 256, kStallMs = 10000 };

// One connection after the other.
typedef struct Slot {
  Connection connection;
  uint64_t opened_at_ns;
  bool is_established;
} Slot;

static void Ask(Slot* slot, const Options* options) {
  if (slot->is_established || !TlsHandshake(slot->connection.tls)) return;
  slot->is_established = true;
  ConnectionSend(&slot->connection, options);
}

// `before` is the connection whose session is resumed, or NULL.
static void Open(Slot* slot, const Options* options, const Tls* before,
                 int epoll) {
  slot->opened_at_ns = NowNs();
  slot->is_established = false;
  Connection* connection = &slot->connection;
  connection->fd = ConnectToServer(options);
  MakeNonBlocking(connection->fd);
  connection->tls = TlsOpen(connection->fd, before);
  connection->used = 0;
  connection->outstanding = 0;
  struct epoll_event event = {.events = EPOLLIN, .data.ptr = slot};
  if (epoll_ctl(epoll, EPOLL_CTL_ADD, connection->fd, &event) != 0) abort();
  Ask(slot, options);
}

static void Reopen(Slot* slot, const Options* options, int epoll) {
  Tls* before = slot->connection.tls;
  TlsShutdown(before);
  close(slot->connection.fd);
  Open(slot, options, options->handshakes == kResumed ? before : NULL, epoll);
  TlsFree(before);
}

static void OnReadable(Slot* slot, const Options* options, HeadCache* cache,
                       Measure* measure, int epoll) {
  Ask(slot, options);
  if (!slot->is_established) return;
  if (ConnectionReceive(&slot->connection, options, cache) == 0) return;
  MeasureAdd(measure, NowNs() - slot->opened_at_ns, 1);
  Reopen(slot, options, epoll);
}

void RunHandshakes(const Options* options) {
  static Measure measure;
  static HeadCache cache;
  const int epoll = epoll_create1(EPOLL_CLOEXEC);
  Slot* slots = calloc((size_t)options->connections, sizeof *slots);
  if (epoll < 0 || slots == NULL) abort();
  for (int i = 0; i < options->connections; i++) {
    slots[i].connection.input = malloc(kInputSize);
    if (slots[i].connection.input == NULL) abort();
    Open(&slots[i], options, NULL, epoll);
  }
  MeasureStart(&measure, options);
  struct epoll_event events[kMaxEvents];
  do {
    const int count = epoll_wait(epoll, events, kMaxEvents, kStallMs);
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) {
      fprintf(stderr, "load: no response for %d seconds\n", kStallMs / 1000);
      exit(1);
    }
    for (int i = 0; i < count; i++) {
      OnReadable(events[i].data.ptr, options, &cache, &measure, epoll);
    }
  } while (!MeasureAdvance(&measure, options));
  MeasurePrint(&measure, options);
}
