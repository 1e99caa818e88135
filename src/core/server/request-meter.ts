import { loadEngine } from '../native/index.ts';

/** What was measured since the meter started. */
export interface RequestMeasures {
  /** Answers by status. */
  readonly statuses: Readonly<Record<string, number>>;
  /** Answered requests by how long they took; bucket by bucket as `requestMeterBounds()` says. */
  readonly durations: readonly number[];
  /** All durations together. */
  readonly durationSeconds: number;
}

let bounds: readonly number[] | null = null;

/** The longest duration of each bucket but the last, in seconds. */
export function requestMeterBounds(): readonly number[] {
  bounds ??= loadEngine()
    .meterBounds()
    .map((us) => us / 1e6);
  return bounds;
}

/** Reads the meters of servers, together; servers without one count for nothing. */
export function readRequestMeters(ids: readonly number[]): RequestMeasures {
  const engine = loadEngine();
  const durations = [...requestMeterBounds(), Infinity].map(() => 0);
  const statuses: Record<string, number> = {};
  let us = 0;
  for (const id of ids) {
    const [total = 0, ...rest] = engine.readMeter(id) ?? [];
    us += total;
    const pairs = rest.splice(durations.length);
    for (const [bucket, count] of rest.entries())
      durations[bucket] = (durations[bucket] ?? 0) + count;
    for (let i = 0; i < pairs.length; i += 2) {
      const status = String(pairs[i]);
      statuses[status] = (statuses[status] ?? 0) + (pairs[i + 1] ?? 0);
    }
  }
  return { statuses, durations, durationSeconds: us / 1e6 };
}
