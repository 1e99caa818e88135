// One client connection: sends its batch of requests, reads and checks the
// responses. Whatever is not as expected ends the program with a message.
#ifndef BENCH_LOAD_CONNECTION_H_
#define BENCH_LOAD_CONNECTION_H_

#include <stdint.h>

#include "options.h"
#include "response.h"
#include "tls.h"

enum { kInputSize = 64 * 1024 };

typedef struct Connection {
  int fd;
  Tls* tls;         // NULL when the bytes go as they are
  int outstanding;  // responses still to come
  uint64_t sent_at_ns;
  size_t used;
  char* input;  // kInputSize bytes
} Connection;

uint64_t NowNs(void);

// Connects (blocking, TLS and WebSocket too), then makes the socket
// non-blocking.
void ConnectionOpen(Connection* connection, const Options* options);

// A connected, blocking socket.
int ConnectToServer(const Options* options);
void MakeNonBlocking(int fd);

// Sends the batch; waits for room in the socket buffer when it must.
void ConnectionSend(Connection* connection, const Options* options);

// Reads what has arrived; returns how many responses are complete.
int ConnectionReceive(Connection* connection, const Options* options,
                      HeadCache* cache);

#endif
