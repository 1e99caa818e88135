import type { Beat, LogCounts, WorkerCounts } from '../arbiter/messages.ts';

/** What is no news. */
const LAG_MS = 10;
const RSS_BYTES = 1024 * 1024;

/** Where beats come from and go to. */
export interface HeartbeatOptions {
  /** How often one looks for news. */
  readonly intervalMs: number;
  /** How often to give a sign of life without any. */
  readonly quietMs: number;
  readonly counts: () => WorkerCounts;
  readonly logs: () => LogCounts;
  readonly send: (beat: Beat) => void;
}

/**
 * Gives signs of life for as long as the event loop turns; what stops the beats stops the app too. Whoever
 * works tells it in each interval, and once more behind that; whoever idles wakes nobody.
 */
export function startHeartbeat(options: HeartbeatOptions): NodeJS.Timeout {
  const { intervalMs, quietMs, send } = options;
  const quietBeats = Math.floor(quietMs / intervalMs);
  let dueAt = performance.now() + intervalMs;
  let last: Beat | null = null;
  let hadNews = true;
  let skipped = 0;
  return setInterval(() => {
    const now = performance.now();
    const lagMs = Math.max(0, now - dueAt);
    dueAt = now + intervalMs;
    const next = beat(options, lagMs);
    const hasNews = last === null || differs(last, next);
    skipped++;
    if (!hasNews && !hadNews && skipped < quietBeats) return;
    hadNews = hasNews;
    skipped = 0;
    last = next;
    send(next);
  }, intervalMs);
}

function differs(a: Beat, b: Beat): boolean {
  return (
    a.requests !== b.requests ||
    a.running !== b.running ||
    a.connections !== b.connections ||
    b.lagMs > LAG_MS ||
    Math.abs(a.rssBytes - b.rssBytes) > RSS_BYTES ||
    Object.entries(a.logs).some(([level, count]) => b.logs[level as keyof LogCounts] !== count)
  );
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

/** How often without news: a tenth of the timeout, so that it stays about exact, and at least every five seconds. */
export function quietMs(timeout: number): number {
  return timeout === 0 ? 5000 : Math.min(5000, timeout * 100);
}
