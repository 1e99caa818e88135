// The window that is measured: requests, their latency, the server's CPU time.
#ifndef BENCH_LOAD_MEASURE_H_
#define BENCH_LOAD_MEASURE_H_

#include <stdbool.h>
#include <stdint.h>

#include "histogram.h"
#include "options.h"
#include "process_cpu.h"

typedef struct Measure {
  uint64_t warm_at_ns;
  uint64_t started_at_ns;  // 0 while warming up
  uint64_t ended_at_ns;
  CpuTime server_at_start;
  CpuTime server_at_end;
  Histogram latency;  // its total is the number of requests
} Measure;

// The warm-up begins.
void MeasureStart(Measure* measure, const Options* options);

// `count` requests are complete, each of which took that long.
void MeasureAdd(Measure* measure, uint64_t latency_ns, int count);

// Answers whether the measuring window is over.
bool MeasureAdvance(Measure* measure, const Options* options);

// The result as one line of JSON.
void MeasurePrint(const Measure* measure, const Options* options);

#endif
