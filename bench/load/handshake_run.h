// A new TLS connection for each request: handshake, request, response, close.
#ifndef BENCH_LOAD_HANDSHAKE_RUN_H_
#define BENCH_LOAD_HANDSHAKE_RUN_H_

#include "options.h"

// Prints the result as one line of JSON.
void RunHandshakes(const Options* options);

#endif
