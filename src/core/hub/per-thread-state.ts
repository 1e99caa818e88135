import { createSecureContext } from 'node:tls';

/**
 * Lets the parts of Node that keep state of the environment per thread see one thread only: from
 * Node 24 on the store of root certificates is such state, and a second thread that asks for it ends
 * the process with an assertion.
 *
 * @param onLoopStack runs a function on the event loop's own thread
 * @internal
 */
export function keepOnLoopStack(onLoopStack: <T>(errand: () => T) => T): void {
  if (Number(process.versions.node.split('.')[0]) < 23) return;
  // No certificates are loaded for an empty list, which makes this cheap.
  const secure = createSecureContext({ ca: [] });
  const prototype = Object.getPrototypeOf(secure.context) as Record<string, unknown>;
  for (const name of Object.getOwnPropertyNames(prototype)) {
    const descriptor = Object.getOwnPropertyDescriptor(prototype, name);
    const original: unknown = descriptor?.value;
    if (name === 'constructor' || typeof original !== 'function' || !descriptor?.writable) continue;
    prototype[name] = function (this: unknown, ...args: unknown[]): unknown {
      return onLoopStack(() => Reflect.apply(original, this, args) as unknown);
    };
  }
}
