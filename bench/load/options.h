// What the load generator is asked to do.
#ifndef BENCH_LOAD_OPTIONS_H_
#define BENCH_LOAD_OPTIONS_H_

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

typedef struct Bytes {
  char* data;
  size_t size;
} Bytes;

// New connections, each for one request.
typedef enum Handshakes { kNoHandshakes, kFull, kResumed } Handshakes;

typedef struct Options {
  int tcp_port;           // on 127.0.0.1; 0 when a unix socket is used
  const char* unix_path;  // NULL when TCP is used
  int connections;
  int depth;            // requests sent together on one connection
  Bytes batch;          // the request, `depth` times
  int expected_status;  // of every response
  Bytes expected_body;  // of every response
  double warmup_s;
  double seconds;     // measuring time; 0 = until `count` requests are done
  long long count;    // requests to measure; 0 = until `seconds` have passed
  pid_t server_pid;   // whose CPU time is measured; 0 = nobody's
  int core;           // this program runs on it; -1 = on any
  bool websocket;     // the request is a handshake, then messages go
  Bytes handshake;    // of a WebSocket
  bool compressed;    // messages are sent compressed, answers not looked into
  bool fan_out;       // the first connection sends, every one is answered
  bool idle;          // one request on each connection, then hold them open
  const char* ca_path;  // TLS: who signed the server's certificate; or NULL
  Handshakes handshakes;
  long long mebibytes;  // of content that goes up or comes down; 0 = others
  bool is_upload;
} Options;

// Exits the program with a message when the arguments are wrong.
Options ParseOptions(int argc, char** argv);

#endif
