import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

/** Where `PATH` has a program, with the folders that only administrators have there; null where it hasn't. */
export function findProgram(name: string): string | null {
  const path = `${process.env['PATH'] ?? ''}${delimiter}/usr/sbin${delimiter}/sbin`;
  for (const folder of path.split(delimiter)) {
    const file = join(folder, name);
    try {
      accessSync(file, constants.X_OK);
      return file;
    } catch {
      // The next folder may have it.
    }
  }
  return null;
}

/**
 * A hook for `before()` that leaves the tests pending, with the reason in the title, where programs are
 * missing. On CI, which installs them, that is a failure.
 */
export function needsPrograms(...names: readonly string[]): Mocha.Func {
  return function (this: Mocha.Context): void {
    const missing = names.filter((name) => findProgram(name) === null);
    if (missing.length === 0) return;
    leavePending(this, `not installed: ${missing.join(', ')}`);
  };
}

/**
 * Leaves a test, or in a hook all tests of its suite, pending, with the reason in the title. On CI, which has what
 * they need, that is a failure, unless `isExpected`.
 */
export function leavePending(context: Mocha.Context, reason: string, isExpected = false): never {
  if (process.env['CI'] !== undefined && !isExpected) throw new Error(reason);
  const tell = (test: { title: string }): void => {
    test.title += ` (${reason})`;
  };
  const { test } = context;
  if (test !== undefined && 'type' in test && test.type === 'hook') test.parent?.eachTest(tell);
  else if (test !== undefined) tell(test);
  return context.skip();
}
