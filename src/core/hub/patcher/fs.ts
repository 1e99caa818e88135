import fs from 'node:fs';
import { waitForCallback } from '../wait-callback.ts';
import { fromCallback, syncReplacements, type TwinOptions } from './callback-twins.ts';
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

const ignore = (): undefined => undefined;

/** Output stays in order with that of others, and is written when the process ends: those descriptors block. */
const isOutput = ([descriptor]: readonly unknown[]): boolean =>
  descriptor === 1 || descriptor === 2;

/** A signal is for the functions with callbacks only. */
const withoutSignal =
  (index: number) =>
  (args: unknown[]): unknown[] => {
    const options = args[index];
    if (typeof options !== 'object' || options === null || !('signal' in options)) return args;
    return args.with(index, { ...options, signal: undefined });
  };

const particular: Record<string, TwinOptions> = {
  // What a thread that was killed has opened nobody else would close.
  openSync: {
    giveBack: (descriptor) => {
      fs.close(descriptor as number, ignore);
    },
  },
  opendirSync: {
    giveBack: (directory) => {
      (directory as fs.Dir).close(ignore);
    },
  },
  mkdtempSync: {
    giveBack: (path) => {
      fs.rmdir(path as string, ignore);
    },
  },
  readFileSync: { prepare: withoutSignal(1) },
  writeFileSync: { prepare: withoutSignal(2), blocks: isOutput },
  appendFileSync: { prepare: withoutSignal(2), blocks: isOutput },
  writeSync: { blocks: isOutput },
  writevSync: { blocks: isOutput },
  // `read` wants a position when it gets a length.
  readSync: { prepare: (args) => (args.length === 4 ? [...args, null] : args) },
};

/** The `…Sync` functions of node:fs, and those of its `Dir` objects. */
export function fsReplacements(): Replacement[] {
  const special = ['existsSync', 'statSync', 'lstatSync', 'realpathSync', ...Object.keys(differs)];
  const directory = fs.Dir.prototype as unknown as Record<'read' | 'close', AnyFunction>;
  const functions = fs as unknown as Record<string, AnyFunction>;
  return [
    ...syncReplacements(fs, 'fs', particular, special),
    ...Object.entries(differs).map(([name, isDifferent]) =>
      replacement(fs, name, (original) =>
        askingOriginal(
          fromCallback(
            `fs.${name}`,
            functions[name.slice(0, -'Sync'.length)] as AnyFunction,
            original,
            particular[name],
          ),
          original,
          isDifferent,
        ),
      ),
    ),
    replacement(fs, 'existsSync', () => existsGreen),
    replacement(fs, 'statSync', (original) => statGreen('statSync', fs.stat as never, original)),
    replacement(fs, 'lstatSync', (original) => statGreen('lstatSync', fs.lstat as never, original)),
    realpathReplacement(),
    replacement(directory, 'readSync', (original) =>
      fromCallback('Dir.readSync', directory.read, original),
    ),
    replacement(directory, 'closeSync', (original) =>
      fromCallback('Dir.closeSync', directory.close, original),
    ),
  ].filter((each) => each !== undefined);
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
  const green = fromCallback(`fs.${name}`, stat, original);
  const quiet = askingOriginal(green, original, () => true);
  return (...args) => {
    const { throwIfNoEntry } = (args[1] ?? {}) as { throwIfNoEntry?: boolean };
    return throwIfNoEntry === false ? quiet(...args) : green(...args);
  };
}

function realpathReplacement(): Replacement {
  const original = fs.realpathSync as unknown as AnyFunction & { native: AnyFunction };
  const { realpath } = fs as unknown as { realpath: AnyFunction & { native: AnyFunction } };
  const twin = greenTwin(original, fromCallback('fs.realpathSync', realpath, original));
  const native = greenTwin(
    original.native,
    fromCallback('fs.realpathSync.native', realpath.native, original.native),
  );
  return { owner: fs, name: 'realpathSync', original, twin: Object.assign(twin, { native }) };
}
