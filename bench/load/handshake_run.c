#include "handshake_run.h"

#include <stdlib.h>
#include <unistd.h>

#include "connection.h"
#include "measure.h"
#include "readiness.h"

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
                 const Readiness* readiness) {
  slot->opened_at_ns = NowNs();
  slot->is_established = false;
  Connection* connection = &slot->connection;
  connection->fd = ConnectToServer(options);
  MakeNonBlocking(connection->fd);
  connection->tls = TlsOpen(connection->fd, before);
  connection->used = 0;
  connection->outstanding = 0;
  ReadinessWatch(readiness, connection->fd, slot);
  Ask(slot, options);
}

static void Reopen(Slot* slot, const Options* options,
                   const Readiness* readiness) {
  Tls* before = slot->connection.tls;
  TlsShutdown(before);
  close(slot->connection.fd);
  Open(slot, options, options->handshakes == kResumed ? before : NULL,
       readiness);
  TlsFree(before);
}

static void OnReadable(Slot* slot, const Options* options, HeadCache* cache,
                       Measure* measure, const Readiness* readiness) {
  Ask(slot, options);
  if (!slot->is_established) return;
  if (ConnectionReceive(&slot->connection, options, cache) == 0) return;
  MeasureAdd(measure, NowNs() - slot->opened_at_ns, 1);
  Reopen(slot, options, readiness);
}

void RunHandshakes(const Options* options) {
  static Measure measure;
  static HeadCache cache;
  static Readiness readiness;
  ReadinessOpen(&readiness);
  Slot* slots = calloc((size_t)options->connections, sizeof *slots);
  if (slots == NULL) abort();
  for (int i = 0; i < options->connections; i++) {
    slots[i].connection.input = malloc(kInputSize);
    if (slots[i].connection.input == NULL) abort();
    Open(&slots[i], options, NULL, &readiness);
  }
  MeasureStart(&measure, options);
  do {
    const int count = ReadinessWait(&readiness);
    for (int i = 0; i < count; i++) {
      OnReadable(readiness.events[i].data.ptr, options, &cache, &measure,
                 &readiness);
    }
  } while (!MeasureAdvance(&measure, options));
  MeasurePrint(&measure, options);
}
