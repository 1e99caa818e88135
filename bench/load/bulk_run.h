// Large contents on one connection, one after the other: down or up.
#ifndef BENCH_LOAD_BULK_RUN_H_
#define BENCH_LOAD_BULK_RUN_H_

#include "options.h"

// Prints the result as one line of JSON; what it calls requests are MiB.
void RunBulk(const Options* options);

#endif
