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
    const reason = `not installed: ${missing.join(', ')}`;
    if (process.env['CI'] !== undefined) throw new Error(reason);
    const suite = this.test?.parent;
    if (suite) suite.title += ` (pending, ${reason})`;
    this.skip();
  };
}
