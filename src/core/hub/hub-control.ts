import { hub } from './hub.ts';
import type { HubStatistics } from './hub-statistics.ts';

/** What the hub of this thread has done and has to do. */
export function statistics(): HubStatistics {
  return hub.statistics();
}

/**
 * Sets what is done with an error that nobody took: of a green thread that nobody waited for, of a
 * link, of a callback. Default: its stack goes to stderr. Gives what was set before.
 */
export function onUnhandledError(
  report: (error: unknown, where: string) => void,
): (error: unknown, where: string) => void {
  const before = hub.report;
  hub.report = report;
  return before;
}

/**
 * Loads what green threads need, so that its absence shows now and not at the first spawn.
 *
 * @throws GudegError GUDEG_ERR_NATIVE_UNAVAILABLE where the addon cannot be loaded
 */
export function loadGreenThreads(): void {
  hub.load();
}
