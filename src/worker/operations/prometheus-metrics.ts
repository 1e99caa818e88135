import { AggregatorRegistry } from 'prom-client';
import type { ArbiterStatus, PlaceStatus, WorkerStatus } from './arbiter-status.ts';

type Labels = Readonly<Record<string, string | number>>;

interface Sample {
  readonly value: number;
  readonly labels: Labels;
  readonly metricName?: string;
}

/** A metric as prom-client's registries give and take it; samples with the same labels are added up. */
interface MetricFamily {
  readonly name: string;
  readonly help: string;
  readonly type: 'counter' | 'gauge' | 'histogram';
  readonly aggregator: 'sum' | 'max';
  readonly values: readonly Sample[];
}

/** The format that Prometheus asks for (exposition format 0.0.4). */
export const METRICS_CONTENT_TYPE: string = AggregatorRegistry.PROMETHEUS_CONTENT_TYPE;

/** Buckets that are shown: the measured ones are finer. */
const SHOWN_BOUND = /^[125]e/;

/** The text of `/metrics`. */
export async function prometheusMetrics(status: ArbiterStatus): Promise<string> {
  // Two processes of one place, such as one that drains beside its successor, are one series.
  return await AggregatorRegistry.aggregate([families(status)]).metrics();
}

function families(status: ArbiterStatus): MetricFamily[] {
  const { workers, places } = status;
  const ofWorkers = (value: (worker: WorkerStatus) => number): Sample[] =>
    workers.map((each) => ({ value: value(each), labels: { worker: each.worker } }));
  const ofPlaces = (value: (place: PlaceStatus) => number): Sample[] =>
    places.map((each) => ({ value: value(each), labels: { worker: each.worker } }));
  return [
    gauge('gudeg_info', 'Which version serves what; always 1', [
      { value: 1, labels: { version: status.version, target: status.target } },
    ]),
    gauge('gudeg_ready', 'Whether /readyz says yes', [one(status.isReady ? 1 : 0)]),
    gauge('gudeg_workers_wanted', 'Workers that there should be', [one(status.workersWanted)]),
    gauge('gudeg_workers', 'Workers by state', workersByState(workers)),
    counter('gudeg_reloads_total', 'Reloads by how they ended', byLabel('outcome', status.reloads)),
    counter(
      'gudeg_log_lines_total',
      'Lines of the arbiter in the error log by level',
      byLabel('level', { ...status.logs }),
    ),
    counter('process_cpu_seconds_total', 'CPU time of the arbiter', [one(status.cpuSeconds)]),
    gauge('process_resident_memory_bytes', 'Memory of the arbiter', [one(status.rssBytes)]),
    gauge('process_start_time_seconds', 'Start of the arbiter since the Unix epoch', [
      one(status.startedAt.getTime() / 1000),
    ]),

    {
      ...gauge(
        'gudeg_worker_ready',
        'Whether the worker serves',
        ofWorkers(({ state }) => (state === 'ready' ? 1 : 0)),
      ),
      aggregator: 'max',
    },
    gauge(
      'gudeg_worker_requests_in_flight',
      'Requests that the app has and has not answered',
      ofWorkers(({ inFlight }) => inFlight),
    ),
    gauge(
      'gudeg_worker_connections',
      'Open connections',
      ofWorkers(({ connections }) => connections),
    ),
    gauge(
      'gudeg_worker_resident_memory_bytes',
      'Memory of the process',
      ofWorkers(({ rssBytes }) => rssBytes),
    ),
    gauge(
      'gudeg_worker_heap_used_bytes',
      'Memory of JavaScript',
      ofWorkers(({ heapBytes }) => heapBytes),
    ),
    {
      ...gauge(
        'gudeg_worker_event_loop_lag_seconds',
        'How late the last sign of life was',
        ofWorkers(({ lagSeconds }) => lagSeconds),
      ),
      aggregator: 'max',
    },
    {
      ...gauge(
        'gudeg_worker_boot_seconds',
        'From the start of the process until it served',
        workers
          .filter(({ bootSeconds }) => bootSeconds !== null)
          .map(({ worker, bootSeconds }) => ({ value: bootSeconds ?? 0, labels: { worker } })),
      ),
      aggregator: 'max',
    },
    counter(
      'gudeg_worker_cpu_seconds_total',
      'CPU time of the processes',
      ofPlaces(({ totals }) => totals.cpuSeconds),
    ),
    counter(
      'gudeg_worker_connections_accepted_total',
      'Connections taken, also those that another worker handed on',
      ofPlaces(({ totals }) => totals.accepted),
    ),
    counter(
      'gudeg_worker_requests_total',
      'Requests, also those in flight',
      ofPlaces(({ totals }) => totals.requests),
    ),
    counter(
      'gudeg_worker_responses_total',
      'Answers by status',
      places.flatMap(({ worker, totals }) => byLabel('code', totals.statuses ?? {}, { worker })),
    ),
    counter(
      'gudeg_worker_restarts_total',
      'Processes started after the first one',
      ofPlaces(({ restarts }) => restarts),
    ),
    counter(
      'gudeg_worker_exits_total',
      'Processes that ended, by reason',
      places.flatMap(({ worker, exits }) => byLabel('reason', exits, { worker })),
    ),
    counter(
      'gudeg_worker_log_lines_total',
      'Lines of the error log by level',
      places.flatMap(({ worker, totals }) => byLabel('level', { ...totals.logs }, { worker })),
    ),
    {
      name: 'gudeg_worker_request_duration_seconds',
      help: 'From the arrival of a request head to the end of its answer',
      type: 'histogram',
      aggregator: 'sum',
      values: places.flatMap((place) => histogram(status.boundsSeconds, place)),
    },
  ];
}

function gauge(name: string, help: string, values: readonly Sample[]): MetricFamily {
  return { name, help, type: 'gauge', aggregator: 'sum', values };
}

function counter(name: string, help: string, values: readonly Sample[]): MetricFamily {
  return { name, help, type: 'counter', aggregator: 'sum', values };
}

function one(value: number): Sample {
  return { value, labels: {} };
}

function byLabel(
  label: string,
  counts: Readonly<Record<string, number>>,
  labels: Labels = {},
): Sample[] {
  return Object.entries(counts).map(([key, value]) => ({
    value,
    labels: { ...labels, [label]: key },
  }));
}

function workersByState(workers: readonly WorkerStatus[]): Sample[] {
  const counts: Record<string, number> = { booting: 0, ready: 0, draining: 0, quitting: 0 };
  for (const { state } of workers) counts[state] = (counts[state] ?? 0) + 1;
  return byLabel('state', counts);
}

function histogram(bounds: readonly number[], { worker, totals }: PlaceStatus): Sample[] {
  const { durations = [], durationSeconds = 0 } = totals;
  const name = 'gudeg_worker_request_duration_seconds';
  const samples: Sample[] = [];
  let count = 0;
  for (const [index, bound] of [...bounds, Infinity].entries()) {
    count += durations[index] ?? 0;
    const le = bound === Infinity ? '+Inf' : String(bound);
    if (bound !== Infinity && !SHOWN_BOUND.test(bound.toExponential())) continue;
    samples.push({ metricName: `${name}_bucket`, value: count, labels: { worker, le } });
  }
  return [
    ...samples,
    { metricName: `${name}_sum`, value: durationSeconds, labels: { worker } },
    { metricName: `${name}_count`, value: count, labels: { worker } },
  ];
}
