import { blockingFunctions } from '../patcher/index.ts';
import type { TimeCall } from './blocking-report.ts';
import { replaceMember } from './replace-member.ts';

/** Measures the functions of Node that block, as they are now; gives what puts them back. */
export function watchSyncCalls(time: TimeCall): () => void {
  const undo = blockingFunctions().map(({ owner, name, label }) =>
    replaceMember(owner, name, (fn) => {
      const timed = function (this: unknown, ...args: unknown[]): unknown {
        return time(`${label}()`, () => Reflect.apply(fn, this, args));
      };
      Object.defineProperties(timed, Object.getOwnPropertyDescriptors(fn));
      return timed;
    }),
  );
  return () => {
    for (const each of undo) each();
  };
}
