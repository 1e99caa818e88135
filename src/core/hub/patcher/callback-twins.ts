import { waitForCallback } from '../wait-callback.ts';
import { type AnyFunction, blameCaller, type Replacement, replacement } from './green-twin.ts';
import { parameterCount } from './parameter-count.ts';
import { withoutParking } from './without-parking.ts';

/** What is particular about a `…Sync` function and its twin. */
export interface TwinOptions {
  /** Makes the result of the values that the callback gets. Default: the first of them. */
  readonly result?: (...values: unknown[]) => unknown;
  /** Takes back what came when nobody waited for it any more. */
  readonly giveBack?: (value: unknown) => void;
  /** Makes the arguments of the function that takes a callback. */
  readonly prepare?: (args: unknown[]) => unknown[];
  /** Calls that do not park. */
  readonly blocks?: (args: readonly unknown[]) => boolean;
}

const first = (value: unknown): unknown => value;

/**
 * Does on a green thread what `original` does, by calling the function that takes a callback.
 *
 * Arguments beyond those that the original declares are dropped, as it drops them (`files.forEach(unlinkSync)`): the
 * other one would look for its callback there. A function among the arguments is the original's to refuse.
 *
 * @param callback the same function with a callback, its last argument
 */
export function fromCallback(
  name: string,
  callback: AnyFunction,
  original: AnyFunction,
  { result = first, giveBack, prepare, blocks }: TwinOptions = {},
): AnyFunction {
  const count = parameterCount(original);
  return function green(this: unknown, ...all: unknown[]): unknown {
    const args = all.length > count ? all.slice(0, count) : all;
    if (args.some((each) => typeof each === 'function') || blocks?.(args) === true) {
      return withoutParking(() => Reflect.apply(original, this, args));
    }
    let failure: unknown;
    try {
      return waitForCallback<unknown>(
        (done) => {
          Reflect.apply(callback, this, [
            ...(prepare === undefined ? args : prepare(args)),
            (error: unknown, ...values: unknown[]) => {
              failure = error;
              done(error, error ? undefined : result(...values));
            },
          ]);
        },
        `${name}()`,
        giveBack,
      );
    } catch (error) {
      // Not what was thrown into this thread from outside: that has its own story.
      if (error === failure) blameCaller(error, green);
      throw error;
    }
  };
}

/**
 * Replacements for all functions of a module whose name ends with `Sync` and that have a twin which
 * takes a callback, by Node's rule: `readFileSync`, `readFile`.
 *
 * @param options by name
 * @param except names that are somebody else's affair
 */
export function syncReplacements(
  module: object,
  moduleName: string,
  options: Record<string, TwinOptions> = {},
  except: readonly string[] = [],
): Replacement[] {
  const functions = module as Record<string, unknown>;
  const made: (Replacement | undefined)[] = [];
  for (const name of Object.keys(functions)) {
    const callback = functions[name.slice(0, -'Sync'.length)];
    if (!name.endsWith('Sync') || typeof callback !== 'function' || except.includes(name)) continue;
    made.push(
      replacement(module, name, (original) =>
        fromCallback(`${moduleName}.${name}`, callback as AnyFunction, original, options[name]),
      ),
    );
  }
  return made.filter((each) => each !== undefined);
}
