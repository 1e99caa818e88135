/**
 * Looking into a hub that runs: guv's `util.debug`, as far as it makes sense here.
 *
 * @packageDocumentation
 */
export { formatHubListeners, hubPreventMultipleReaders } from '../trampoline.ts';
export { formatDump as formatThreads } from '../dump.ts';
export { formatHubTimers } from './format-hub-timers.ts';
export { hubBlockingDetection } from './hub-blocking-detection.ts';
export { hubExceptions } from './hub-exceptions.ts';
