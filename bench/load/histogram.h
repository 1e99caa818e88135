// Latency histogram: log-linear buckets, 64 to each power of two, so a value
// is known to 1.6 %. Values are nanoseconds.
#ifndef BENCH_LOAD_HISTOGRAM_H_
#define BENCH_LOAD_HISTOGRAM_H_

#include <stdint.h>

enum {
  kSubBits = 6,
  kSubBuckets = 1 << kSubBits,
  kBuckets = (65 - kSubBits) * kSubBuckets
};

typedef struct Histogram {
  uint64_t total;
  uint64_t counts[kBuckets];
} Histogram;

void HistogramAdd(Histogram* histogram, uint64_t value);

// The value below which `share` (0..1) of all values lie; 0 when empty.
uint64_t HistogramQuantile(const Histogram* histogram, double share);

#endif
