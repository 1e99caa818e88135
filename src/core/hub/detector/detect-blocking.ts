import { syncBuiltinESMExports } from 'node:module';
import { outOfRange } from '../../errors.ts';
import { watchLoop } from '../blocked-loop.ts';
import { type BlockingReport, formatReport, timeCalls } from './blocking-report.ts';
import { watchAddons } from './watch-addons.ts';
import { watchSyncCalls } from './watch-sync-calls.ts';

/** What to look for. */
export interface DetectBlockingOptions {
  /** Milliseconds without a turn of the event loop that count as blocked. Default 100. */
  maxBlockedMs?: number | undefined;
  /** Milliseconds that one blocking call has to take to be reported. Default 10. */
  minCallMs?: number | undefined;
  /** Watch the functions of Node that block: those of `monkeyPatch`, where they are not patched. Default true. */
  syncCalls?: boolean | undefined;
  /** Watch the functions of native addons that are loaded by then. Default true. */
  nativeCalls?: boolean | undefined;
  /** Called for each report, as soon as the event loop turns. Default: nothing. */
  onBlocking?: ((report: BlockingReport) => void) | undefined;
  /** Write the reports to stderr. Default true. */
  print?: boolean | undefined;
}

/**
 * Reports what still blocks the event loop from green threads, with its place: calls of Node's synchronous
 * functions, calls of native addons, and long stretches of JavaScript, which `watchLoop` sees from another
 * thread. For the time of a search: functions are wrapped, and V8's debugger is enabled. Call it after
 * `monkeyPatch` and after loading the addons.
 *
 * @returns what stops it and puts the functions back, once it has begun
 */
export async function detectBlocking(
  options: DetectBlockingOptions = {},
): Promise<() => Promise<void>> {
  const { maxBlockedMs = 100, minCallMs = 10, onBlocking, print = true } = options;
  const { syncCalls = true, nativeCalls = true } = options;
  if (!(minCallMs >= 0)) throw outOfRange('minCallMs', 'at least 0', minCallMs);
  const report = (found: BlockingReport): void => {
    if (print) process.stderr.write(formatReport(found));
    onBlocking?.(found);
  };
  const stopLoop = await watchLoop({
    maxBlockedMs,
    print,
    onBlocked: ({ blockedMs, stack }) => {
      const [what = 'unknown code'] = stack;
      onBlocking?.({ kind: 'busy', what, blockedMs, thread: undefined, stack });
    },
  });
  const undo: (() => void)[] = [];
  if (syncCalls) undo.push(watchSyncCalls(timeCalls('sync-call', minCallMs, report)));
  if (nativeCalls) undo.push(watchAddons(timeCalls('native-call', minCallMs, report)));
  syncBuiltinESMExports();
  return async () => {
    for (const each of undo.splice(0)) each();
    syncBuiltinESMExports();
    await stopLoop();
  };
}
