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
 * A hook for `before()`, or the first call of a test, that leaves tests pending, with the reason in their
 * titles, where programs are missing; `.ci/run` installs them.
 */
export function needsPrograms(...names: readonly string[]): (this: Mocha.Context) => void {
  return function (this: Mocha.Context): void {
    const missing = names.filter((name) => findProgram(name) === null);
    if (missing.length === 0) return;
    const reason = `not installed: ${missing.join(', ')}`;
    const tell = (test: { title: string }): void => {
      test.title += ` (${reason})`;
    };
    const { test } = this;
    if (test !== undefined && 'type' in test && test.type === 'hook') test.parent?.eachTest(tell);
    else if (test !== undefined) tell(test);
    this.skip();
  };
}
