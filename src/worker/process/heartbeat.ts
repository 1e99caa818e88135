import type { Beat, WorkerCounts } from '../arbiter/messages.ts';

/** Where beats come from and go to. */
export interface HeartbeatOptions {
  readonly intervalMs: number;
  readonly counts: () => WorkerCounts;
  readonly send: (beat: Beat) => void;
}

/** Gives signs of life for as long as the event loop turns; what stops the beats stops the app too. */
export function startHeartbeat({ intervalMs, counts, send }: HeartbeatOptions): NodeJS.Timeout {
  let dueAt = performance.now() + intervalMs;
  return setInterval(() => {
    const now = performance.now();
    const lagMs = Math.max(0, now - dueAt);
    dueAt = now + intervalMs;
    const { rss, heapUsed } = process.memoryUsage();
    send({ kind: 'beat', ...counts(), rssBytes: rss, heapBytes: heapUsed, lagMs });
  }, intervalMs);
}

/** How often, for a timeout in seconds: often enough to see it exceeded, at most once a second. */
export function heartbeatMs(timeout: number): number {
  return timeout === 0 ? 1000 : Math.min(1000, Math.max(50, (timeout * 1000) / 4));
}
