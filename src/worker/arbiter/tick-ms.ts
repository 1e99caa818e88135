import type { Settings } from '../settings/settings.ts';

const LONGEST_MS = 1000;
const SHORTEST_MS = 50;

/**
 * After how long an arbiter looks after its workers again: often enough for the shortest deadline, seldom
 * enough to cost nothing.
 */
export function tickMs(
  settings: Pick<Settings, 'timeout' | 'bootTimeout' | 'gracefulTimeout'>,
): number {
  const { timeout, bootTimeout, gracefulTimeout } = settings;
  const deadlines = [timeout, bootTimeout, gracefulTimeout].filter((seconds) => seconds > 0);
  const shortestMs = Math.min(...deadlines) * 1000;
  return Math.min(LONGEST_MS, Math.max(SHORTEST_MS, shortestMs / 8));
}
