import { detectBlocking } from '../detector/detect-blocking.ts';

let stop: (() => Promise<void>) | undefined;

/**
 * Reports on stderr what blocks the event loop, from now on (true) or no more (false, the default).
 *
 * @param resolution seconds without a turn of the event loop that count as blocked; default 1
 */
export async function hubBlockingDetection(state = false, resolution = 1): Promise<void> {
  const before = stop;
  stop = undefined;
  await before?.();
  if (!state) return;
  const limitMs = resolution * 1000;
  stop = await detectBlocking({ maxBlockedMs: limitMs, minCallMs: limitMs });
}
