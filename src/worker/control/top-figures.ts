import type { SentStatus } from './control-client.ts';
import { quantile } from './figures.ts';

type WorkerStatus = SentStatus['workers'][number];

/** What a worker does per second, between two of its signs of life. */
export interface WorkerFigures {
  readonly requestsPerSecond: number;
  /** CPU time in percent of one core. */
  readonly cpuPercent: number;
  /** Seconds that half of the requests stayed below; null without requests. */
  readonly p50: number | null;
  readonly p99: number | null;
}

interface Sample {
  readonly worker: WorkerStatus;
  readonly figures: WorkerFigures | null;
}

/** Makes figures per second from one status after the other. */
export class TopFigures {
  #samples = new Map<number, Sample>();

  /** Takes the next status. */
  add(status: SentStatus): void {
    this.#samples = new Map(
      status.workers.map((worker) => {
        const before = this.#samples.get(worker.pid);
        return [worker.pid, nextSample(before, worker, status.boundsSeconds)];
      }),
    );
  }

  /** Null until there were two signs of life. */
  of(pid: number): WorkerFigures | null {
    return this.#samples.get(pid)?.figures ?? null;
  }
}

function nextSample(
  before: Sample | undefined,
  worker: WorkerStatus,
  bounds: readonly number[],
): Sample {
  if (before === undefined) return { worker, figures: null };
  const seconds = worker.measuredAtSeconds - before.worker.measuredAtSeconds;
  // No sign of life since: what was known then still holds.
  if (seconds <= 0) return before;
  const durations = worker.durations.map(
    (count, bucket) => count - (before.worker.durations[bucket] ?? 0),
  );
  return {
    worker,
    figures: {
      requestsPerSecond: (worker.requests - before.worker.requests) / seconds,
      cpuPercent: ((worker.cpuSeconds - before.worker.cpuSeconds) / seconds) * 100,
      p50: quantile(bounds, durations, 0.5),
      p99: quantile(bounds, durations, 0.99),
    },
  };
}
