import { waitForCallback } from '../wait-callback.ts';
import { type AnyFunction, blameCaller, type Replacement, replacement } from './green-twin.ts';

/** How the values that a callback gets make the result of the `…Sync` function. */
export type Result = (...values: unknown[]) => unknown;

const first: Result = (value) => value;

/**
 * Does on a green thread what `original` does, by calling the function that takes a callback.
 *
 * @param callback the same function with a callback, its last argument
 */
export function fromCallback(
  name: string,
  callback: AnyFunction,
  result: Result = first,
): AnyFunction {
  return function green(this: unknown, ...args: unknown[]): unknown {
    let failure: unknown;
    try {
      return waitForCallback<unknown>((done) => {
        Reflect.apply(callback, this, [
          ...args,
          (error: unknown, ...values: unknown[]) => {
            failure = error;
            done(error, error ? undefined : result(...values));
          },
        ]);
      }, `${name}()`);
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
 * @param results how to make the result where it is not the callback's first value
 * @param except names that are somebody else's affair
 */
export function syncReplacements(
  module: object,
  moduleName: string,
  results: Record<string, Result> = {},
  except: readonly string[] = [],
): Replacement[] {
  const functions = module as Record<string, unknown>;
  const made: (Replacement | undefined)[] = [];
  for (const name of Object.keys(functions)) {
    const callback = functions[name.slice(0, -'Sync'.length)];
    if (!name.endsWith('Sync') || typeof callback !== 'function' || except.includes(name)) continue;
    made.push(
      replacement(module, name, () =>
        fromCallback(`${moduleName}.${name}`, callback as AnyFunction, results[name]),
      ),
    );
  }
  return made.filter((each) => each !== undefined);
}
