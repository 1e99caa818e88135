#include "histogram.h"

static unsigned BucketOf(uint64_t value) {
  if (value < kSubBuckets) return (unsigned)value;
  const unsigned exponent = 63U - (unsigned)__builtin_clzll(value);
  const unsigned shift = exponent - kSubBits;
  const unsigned sub = (unsigned)(value >> shift) & (kSubBuckets - 1);
  return (shift + 1) * kSubBuckets + sub;
}

static uint64_t MiddleOf(unsigned bucket) {
  if (bucket < kSubBuckets) return bucket;
  const unsigned shift = bucket / kSubBuckets - 1;
  const uint64_t low = (uint64_t)(kSubBuckets + bucket % kSubBuckets) << shift;
  return low + ((1ULL << shift) >> 1);
}

void HistogramAdd(Histogram* histogram, uint64_t value) {
  histogram->counts[BucketOf(value)]++;
  histogram->total++;
}

uint64_t HistogramQuantile(const Histogram* histogram, double share) {
  const double wanted = share * (double)histogram->total;
  uint64_t seen = 0;
  for (unsigned bucket = 0; bucket < kBuckets; bucket++) {
    seen += histogram->counts[bucket];
    if (seen > 0 && (double)seen >= wanted) return MiddleOf(bucket);
  }
  return 0;
}
