#include "measure.h"

#include <inttypes.h>
#include <stdio.h>

#include "connection.h"

static CpuTime ServerCpu(const Options* options) {
  if (options->server_pid == 0) {
    return (CpuTime){.threads_ns = -1, .process_ns = 0};
  }
  return ReadCpuTime(options->server_pid);
}

void MeasureStart(Measure* measure, const Options* options) {
  measure->warm_at_ns = NowNs() + (uint64_t)(options->warmup_s * 1e9);
}

void MeasureAdd(Measure* measure, uint64_t latency_ns, int count) {
  if (measure->started_at_ns == 0) return;
  for (int i = 0; i < count; i++) HistogramAdd(&measure->latency, latency_ns);
}

bool MeasureAdvance(Measure* measure, const Options* options) {
  const uint64_t now = NowNs();
  if (measure->started_at_ns == 0) {
    if (now < measure->warm_at_ns) return false;
    measure->server_at_start = ServerCpu(options);
    measure->started_at_ns = NowNs();
    return false;
  }
  const bool is_over =
      options->count > 0
          ? measure->latency.total >= (uint64_t)options->count
          : (double)(now - measure->started_at_ns) >= options->seconds * 1e9;
  if (!is_over) return false;
  measure->ended_at_ns = now;
  measure->server_at_end = ServerCpu(options);
  return true;
}

void MeasurePrint(const Measure* measure, const Options* options) {
  const double seconds =
      (double)(measure->ended_at_ns - measure->started_at_ns) / 1e9;
  printf("{\"requests\":%" PRIu64 ",\"seconds\":%.6f", measure->latency.total,
         seconds);
  if (options->server_pid != 0) {
    printf(",\"serverCpuNs\":%" PRId64,
           CpuTimeBetween(measure->server_at_start, measure->server_at_end));
  }
  printf(",\"p50Ns\":%" PRIu64 ",\"p99Ns\":%" PRIu64 ",\"maxNs\":%" PRIu64
         "}\n",
         HistogramQuantile(&measure->latency, 0.5),
         HistogramQuantile(&measure->latency, 0.99),
         HistogramQuantile(&measure->latency, 1));
}
