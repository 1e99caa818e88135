import type { WorkerCounts } from './messages.ts';

/** What two workers, or two servers of one, have done and hold together. */
export function sumCounts(a: WorkerCounts, b: WorkerCounts): WorkerCounts {
  const total = {
    requests: a.requests + b.requests,
    running: a.running + b.running,
    connections: a.connections + b.connections,
    accepted: a.accepted + b.accepted,
    answers: addLists(a.answers, b.answers),
  };
  if (a.durations === undefined && b.durations === undefined) return total;
  return {
    ...total,
    statuses: addRecords(a.statuses ?? {}, b.statuses ?? {}),
    durations: addLists(a.durations ?? [], b.durations ?? []),
    durationSeconds: (a.durationSeconds ?? 0) + (b.durationSeconds ?? 0),
  };
}

function addLists(a: readonly number[], b: readonly number[]): number[] {
  const [longer, shorter] = a.length < b.length ? [b, a] : [a, b];
  return longer.map((count, index) => count + (shorter[index] ?? 0));
}

function addRecords(
  a: Readonly<Record<string, number>>,
  b: Readonly<Record<string, number>>,
): Record<string, number> {
  const added = { ...a };
  for (const [key, count] of Object.entries(b)) added[key] = (added[key] ?? 0) + count;
  return added;
}
