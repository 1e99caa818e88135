import type { Beat, LogCounts, WorkerCounts } from '../arbiter/messages.ts';

/** Where beats come from and go to. */
export interface HeartbeatOptions {
  readonly intervalMs: number;
  readonly counts: () => WorkerCounts;
  readonly logs: () => LogCounts;
  readonly send: (beat: Beat) => void;
}

/** Gives signs of life for as long as the event loop turns; what stops the beats stops the app too. */
export function startHeartbeat(options: HeartbeatOptions): NodeJS.Timeout {
  const { intervalMs, send } = options;
  let dueAt = performance.now() + intervalMs;
  return setInterval(() => {
    const now = performance.now();
    const lagMs = Math.max(0, now - dueAt);
    dueAt = now + intervalMs;
    send(beat(options, lagMs));
  }, intervalMs);
}

/** What there is to say at any time. */
export function beat(
  { counts, logs }: Pick<HeartbeatOptions, 'counts' | 'logs'>,
  lagMs: number,
): Beat {
  const { rss, heapUsed } = process.memoryUsage();
  const { user, system } = process.cpuUsage();
  return {
    kind: 'beat',
    ...counts(),
    rssBytes: rss,
    heapBytes: heapUsed,
    cpuSeconds: (user + system) / 1e6,
    logs: logs(),
    lagMs,
  };
}

/** How often, for a timeout in seconds: often enough to see it exceeded, at most once a second. */
export function heartbeatMs(timeout: number): number {
  return timeout === 0 ? 1000 : Math.min(1000, Math.max(50, (timeout * 1000) / 4));
}
