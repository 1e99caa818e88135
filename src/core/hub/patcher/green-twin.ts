import { hub } from '../hub.ts';
import { mustNotPark } from './without-parking.ts';

/** Any function, as the patcher sees it. */
export type AnyFunction = (this: unknown, ...args: unknown[]) => unknown;

/** One function of a module and what takes its place. */
export interface Replacement {
  readonly owner: object;
  readonly name: string;
  readonly original: AnyFunction;
  readonly twin: AnyFunction;
  /** A method that the owner inherits: of no use without its `this`, and taken away again. */
  readonly isMethod?: boolean;
}

/** Whether a call may park: on a green thread that is not loading a module, in a process that goes on. */
export function mayPark(): boolean {
  return (
    hub.current !== undefined &&
    !mustNotPark() &&
    (process as { _exiting?: boolean })._exiting !== true
  );
}

/**
 * A function that stands in for `original`: the same name, length and properties, the same result for
 * everybody who runs on the event loop's own stack, and `green` for green threads.
 */
export function greenTwin(original: AnyFunction, green: AnyFunction): AnyFunction {
  const twin = function (this: unknown, ...args: unknown[]): unknown {
    return Reflect.apply(mayPark() ? green : original, this, args);
  };
  const properties = Object.getOwnPropertyDescriptors(original) as Record<
    string,
    PropertyDescriptor
  >;
  delete properties['prototype'];
  Object.defineProperties(twin, properties);
  return twin;
}

/** Replaces a function of `owner`; undefined where this version of Node has none of that name. */
export function replacement(
  owner: object,
  name: string,
  makeGreen: (original: AnyFunction) => AnyFunction,
): Replacement | undefined {
  const original = (owner as Record<string, unknown>)[name] as AnyFunction | undefined;
  if (typeof original !== 'function') return undefined;
  return { owner, name, original, twin: greenTwin(original, makeGreen(original)) };
}

/** Lets an error that came from elsewhere say who called, as one that was thrown here would. */
export function blameCaller(error: unknown, below: AnyFunction): void {
  if (error instanceof Error) Error.captureStackTrace(error, below);
}
