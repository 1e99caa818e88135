import { GudegTypeError, invalidArgType } from '../../errors.ts';
import type { JobFunction } from './job-thread.ts';

/** A function that can run in another thread: one that needs nothing from around it, or `module.js#export`. */
export type PortableFunction<A extends unknown[], T> = ((...args: A) => T | Promise<T>) | URL;

/** How a function travels to another thread. */
export function jobFunction(name: string, fn: unknown): JobFunction {
  if (fn instanceof URL) {
    const url = new URL(fn);
    const exportName = url.hash.slice(1) || 'default';
    url.hash = '';
    return { url: url.href, exportName };
  }
  if (typeof fn !== 'function') throw invalidArgType(name, 'a function or a URL', fn);
  const text = Function.prototype.toString.call(fn);
  if (!isWhole(text)) {
    throw new GudegTypeError(
      'GUDEG_ERR_INVALID_ARG_VALUE',
      `${name} must be a function or class whose text is whole, so that another thread can compile it; ` +
        `got ${text.slice(0, 60)}`,
    );
  }
  return { text };
}

/** Whether the text by itself is an expression: that of a method or of a native function is not. */
function isWhole(text: string): boolean {
  try {
    // Compiled only, never called.
    Reflect.construct(Function, [`return (${text})`]);
    return true;
  } catch {
    return false;
  }
}
