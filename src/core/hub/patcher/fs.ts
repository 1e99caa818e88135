import fs from 'node:fs';
import { waitForCallback } from '../wait-callback.ts';
import { fromCallback, syncReplacements } from './callback-twins.ts';
import { type AnyFunction, greenTwin, type Replacement, replacement } from './green-twin.ts';
import { withoutParking } from './without-parking.ts';

type SystemError = NodeJS.ErrnoException;

/**
 * Failures that the two forms of a function report in different words. The original is asked then: it
 * fails at once, and in its own way.
 */
const differs: Record<string, (error: SystemError) => boolean> = {
  opendirSync: () => true,
  readFileSync: ({ code }) => code === 'EISDIR',
  rmSync: ({ code, syscall }) => code === 'ENOTDIR' && syscall === 'lstat',
};

/** The `…Sync` functions of node:fs, and those of its `Dir` objects. */
export function fsReplacements(): Replacement[] {
  const special = [
    'existsSync',
    'readSync',
    'statSync',
    'lstatSync',
    'realpathSync',
    ...Object.keys(differs),
  ];
  const directory = fs.Dir.prototype as unknown as Record<'read' | 'close', AnyFunction>;
  const functions = fs as unknown as Record<string, AnyFunction>;
  return [
    ...syncReplacements(fs, 'fs', {}, special),
    ...Object.entries(differs).map(([name, isDifferent]) =>
      replacement(fs, name, (original) =>
        askingOriginal(
          fromCallback(`fs.${name}`, functions[name.slice(0, -'Sync'.length)] as AnyFunction),
          original,
          isDifferent,
        ),
      ),
    ),
    replacement(fs, 'existsSync', () => existsGreen),
    replacement(fs, 'readSync', () => readGreen),
    replacement(fs, 'statSync', (original) => statGreen('statSync', fs.stat as never, original)),
    replacement(fs, 'lstatSync', (original) => statGreen('lstatSync', fs.lstat as never, original)),
    realpathReplacement(),
    replacement(directory, 'readSync', () => fromCallback('Dir.readSync', directory.read)),
    replacement(directory, 'closeSync', () => fromCallback('Dir.closeSync', directory.close)),
  ].filter((each) => each !== undefined);
}

const read = fromCallback('fs.readSync', fs.read as AnyFunction);

/** `read` wants a position when it gets a length. */
function readGreen(...args: unknown[]): unknown {
  return args.length === 4 ? read(...args, null) : read(...args);
}

function askingOriginal(
  green: AnyFunction,
  original: AnyFunction,
  isDifferent: (error: SystemError) => boolean,
): AnyFunction {
  return (...args) => {
    try {
      return green(...args);
    } catch (error) {
      if (typeof (error as SystemError).errno === 'number' && isDifferent(error as SystemError)) {
        return withoutParking(() => original(...args));
      }
      throw error;
    }
  };
}

/** False for whatever cannot be a path, like the original. */
function existsGreen(path: unknown): boolean {
  return waitForCallback<boolean>((done) => {
    try {
      access(path, (error: unknown) => {
        done(null, !error);
      });
    } catch {
      done(null, false);
    }
  }, 'fs.existsSync()');
}

const access = fs.access as unknown as (path: unknown, callback: (error: unknown) => void) => void;

/** `throwIfNoEntry: false` is for the `…Sync` functions only, and each has its own idea of no entry. */
function statGreen(name: string, stat: AnyFunction, original: AnyFunction): AnyFunction {
  const green = fromCallback(`fs.${name}`, stat);
  const quiet = askingOriginal(green, original, () => true);
  return (...args) => {
    const { throwIfNoEntry } = (args[1] ?? {}) as { throwIfNoEntry?: boolean };
    return throwIfNoEntry === false ? quiet(...args) : green(...args);
  };
}

function realpathReplacement(): Replacement {
  const original = fs.realpathSync as unknown as AnyFunction & { native: AnyFunction };
  const { realpath } = fs as unknown as { realpath: AnyFunction & { native: AnyFunction } };
  const twin = greenTwin(original, fromCallback('fs.realpathSync', realpath));
  const native = greenTwin(
    original.native,
    fromCallback('fs.realpathSync.native', realpath.native),
  );
  return { owner: fs, name: 'realpathSync', original, twin: Object.assign(twin, { native }) };
}
