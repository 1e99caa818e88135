#include "bulk_run.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "connection.h"
#include "measure.h"
#include "readiness.h"

enum { kPieceBytes = 1024 * 1024 };

static char expected[kInputSize];  // of a download
static Bytes piece;                // of an upload

static void Fail(const char* why) {
  fprintf(stderr, "load: %s\n", why);
  exit(1);
}

static size_t Receive(Connection* connection) {
  char* to = connection->input + connection->used;
  const size_t room = kInputSize - connection->used;
  for (;;) {
    const ssize_t got = connection->tls != NULL
                            ? TlsReceive(connection->tls, to, room)
                            : recv(connection->fd, to, room, 0);
    if (got > 0) return (size_t)got;
    if (got == 0) Fail("the server closed a connection");
    WaitForSocket(connection->fd, POLLIN);
  }
}

static Head ReceiveHead(Connection* connection, HeadCache* cache) {
  Head head;
  for (;;) {
    connection->used += Receive(connection);
    const ReadResult result =
        ReadHead(cache, connection->input, connection->used, &head);
    if (result == kComplete) break;
    if (result == kMalformed || connection->used == kInputSize) {
      Fail("not a response");
    }
  }
  if (head.status != 200 || head.chunked) {
    Fail("not a response with 200 and a content-length");
  }
  connection->used -= head.size;
  memmove(connection->input, connection->input + head.size, connection->used);
  return head;
}

static void Check(const Connection* connection, size_t size) {
  if (memcmp(connection->input, expected, size) != 0) Fail("a wrong body");
}

// Each MiB counts when it is there.
static void Download(Connection* connection, const Options* options,
                     HeadCache* cache, Measure* measure) {
  uint64_t begun_at_ns = NowNs();
  ConnectionSend(connection, options);
  const Head head = ReceiveHead(connection, cache);
  if (head.content_length != (size_t)options->mebibytes * kPieceBytes) {
    Fail("a wrong content-length");
  }
  size_t received = 0;
  while (received < head.content_length) {
    if (connection->used == 0) connection->used = Receive(connection);
    const size_t size = connection->used;
    Check(connection, size);
    connection->used = 0;
    const size_t before = received / kPieceBytes;
    received += size;
    const size_t complete = received / kPieceBytes - before;
    if (complete == 0) continue;
    const uint64_t now = NowNs();
    MeasureAdd(measure, now - begun_at_ns, (int)complete);
    begun_at_ns = now;
  }
  if (received != head.content_length) Fail("more than a response");
}

static void Upload(Connection* connection, const Options* options,
                   HeadCache* cache, Measure* measure) {
  Options next = *options;
  ConnectionSend(connection, options);
  next.batch = piece;
  for (long long i = 0; i < options->mebibytes; i++) {
    ConnectionSend(connection, &next);
    MeasureAdd(measure, NowNs() - connection->sent_at_ns, 1);
  }
  const Head head = ReceiveHead(connection, cache);
  while (connection->used < head.content_length) {
    connection->used += Receive(connection);
  }
  if (head.content_length != options->expected_body.size ||
      memcmp(connection->input, options->expected_body.data,
             head.content_length) != 0) {
    Fail("a wrong answer to an upload");
  }
  connection->used = 0;
}

void RunBulk(const Options* options) {
  static Measure measure;
  static HeadCache cache;
  static Connection connection;
  memset(expected, 'a', sizeof expected);
  piece = (Bytes){.data = malloc(kPieceBytes), .size = kPieceBytes};
  if (piece.data == NULL) abort();
  memset(piece.data, 'a', kPieceBytes);
  ConnectionOpen(&connection, options);
  MeasureStart(&measure, options);
  // The window begins and ends between two contents.
  do {
    if (options->is_upload) {
      Upload(&connection, options, &cache, &measure);
    } else {
      Download(&connection, options, &cache, &measure);
    }
  } while (!MeasureAdvance(&measure, options));
  MeasurePrint(&measure, options);
}
