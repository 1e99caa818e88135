// Closed-loop load: every connection sends its next batch as soon as the
// responses to the last one are complete.
#ifndef BENCH_LOAD_BUSY_RUN_H_
#define BENCH_LOAD_BUSY_RUN_H_

#include "options.h"

// Prints the result as one line of JSON.
void RunBusy(const Options* options);

#endif
