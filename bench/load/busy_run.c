#include "busy_run.h"

#include <stdlib.h>

#include "connection.h"
#include "measure.h"
#include "readiness.h"

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
  static Readiness readiness;
  ReadinessOpen(&readiness);
  Connection* connections =
      calloc((size_t)options->connections, sizeof *connections);
  if (connections == NULL) abort();
  for (int i = 0; i < options->connections; i++) {
    ConnectionOpen(&connections[i], options);
    ReadinessWatch(&readiness, connections[i].fd, &connections[i]);
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
  do {
    const int count = ReadinessWait(&readiness);
    for (int i = 0; i < count; i++) {
      Connection* connection = readiness.events[i].data.ptr;
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
