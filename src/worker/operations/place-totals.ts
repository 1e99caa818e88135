import type { LogCounts, WorkerCounts } from '../arbiter/messages.ts';
import { sumCounts } from '../arbiter/sum-counts.ts';

/** What the workers of one place have done together, one after the other. */
export interface PlaceTotals extends WorkerCounts {
  readonly cpuSeconds: number;
  readonly logs: LogCounts;
}

export const NO_TOTALS: PlaceTotals = {
  requests: 0,
  running: 0,
  connections: 0,
  accepted: 0,
  answers: [],
  cpuSeconds: 0,
  logs: { critical: 0, error: 0, exception: 0, warning: 0 },
};

/** Two of them together. */
export function sumTotals(a: PlaceTotals, b: PlaceTotals): PlaceTotals {
  return {
    ...sumCounts(a, b),
    cpuSeconds: a.cpuSeconds + b.cpuSeconds,
    logs: sumLogs(a.logs, b.logs),
  };
}

/** Lines of two logs together. */
export function sumLogs(a: LogCounts, b: LogCounts): LogCounts {
  return {
    critical: a.critical + b.critical,
    error: a.error + b.error,
    exception: a.exception + b.exception,
    warning: a.warning + b.warning,
  };
}
