import dns from 'node:dns';
import { isIP } from 'node:net';
import { resolveHostAsync } from '../host-cache.ts';
import { type AnyFunction, type Replacement, replacement } from './green-twin.ts';

interface LookupOptions {
  family?: unknown;
  hints?: unknown;
  all?: unknown;
  order?: unknown;
  verbatim?: unknown;
}

/**
 * `dns.lookup`: for a green thread, and for the sockets it opens, names come from the hub's cache. It
 * asks the name servers itself, where the system's resolver would take a thread of libuv's pool.
 */
export function dnsReplacements(): Replacement[] {
  return [replacement(dns, 'lookup', lookupGreen)].filter((each) => each !== undefined);
}

function lookupGreen(original: AnyFunction): AnyFunction {
  return function lookup(this: unknown, ...args): unknown {
    const [host, given] = args;
    const callback = args.at(-1);
    const options = (typeof given === 'object' && given !== null ? given : {}) as LookupOptions;
    const family = typeof given === 'number' ? given : (options.family ?? 0);
    const isPlain =
      typeof host === 'string' &&
      host !== '' &&
      isIP(host) === 0 &&
      typeof callback === 'function' &&
      (family === 0 || family === 4 || family === 6) &&
      !options.hints &&
      options.order === undefined &&
      options.verbatim === undefined;
    if (!isPlain) return Reflect.apply(original, this, args);
    // Outside the promise, so that what the callback throws is an uncaught exception as ever.
    const call = (...values: unknown[]): void => {
      process.nextTick(callback, ...values);
    };
    resolveHostAsync(host).then(
      (addresses) => {
        const found = addresses
          .map((address) => ({ address, family: isIP(address) }))
          .filter((each) => family === 0 || each.family === family);
        const [first] = found;
        // None of that family: the original has the words for it.
        if (first === undefined) Reflect.apply(original, this, args);
        else if (options.all) call(null, found);
        else call(null, first.address, first.family);
      },
      (error: unknown) => {
        call(error);
      },
    );
    return {};
  };
}
