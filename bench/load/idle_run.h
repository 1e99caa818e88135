// Idle connections: each makes one request and is then held open.
#ifndef BENCH_LOAD_IDLE_RUN_H_
#define BENCH_LOAD_IDLE_RUN_H_

#include "options.h"

// Prints one line of JSON when every connection has had its response, then
// holds them open until standard input ends. Exits with an error when the
// server has closed one meanwhile.
void RunIdle(const Options* options);

#endif
