import { AsyncResource } from 'node:async_hooks';
import { storeSymbolDescription } from './context-storage.ts';

/**
 * Keeps the async contexts of requests apart that the engine hands over in one call.
 *
 * `AsyncLocalStorage.run()` puts things back itself, but `enterWith()` stays until the call ends, and
 * would show in the next request. Up to Node 22 it leaves a property on the resource of the call: that
 * resource is a Proxy, which notices, so requests that use no AsyncLocalStorage pay nothing. Later the
 * context is a frame that nobody can look at: there each request runs in a scope that restores it.
 */
export class TurnContext {
  /** The resource of the engine's calls. */
  readonly resource: object;
  /** Where stores are, in this version of Node. */
  readonly #scope: AsyncResource | null;
  readonly #stores: Record<symbol, unknown> = {};
  #isTouched = false;

  constructor() {
    const touch = (): void => {
      this.#isTouched = true;
    };
    this.resource = new Proxy(this.#stores, {
      set(target, key, value): boolean {
        touch();
        return Reflect.set(target, key, value);
      },
      defineProperty(target, key, descriptor): boolean {
        touch();
        return Reflect.defineProperty(target, key, descriptor);
      },
    });
    this.#scope = storeSymbolDescription() === null ? new AsyncResource('gudeg:turn') : null;
  }

  /** Calls `receive(first, second)`, whose context ends with the call. */
  run<A, B>(receive: (first: A, second: B) => void, first: A, second: B): void {
    if (this.#scope !== null) {
      this.#scope.runInAsyncScope(receive, undefined, first, second);
      return;
    }
    receive(first, second);
    if (this.#isTouched) this.clear();
  }

  /** Forgets what is stored: also what the resource got when it was given to async_hooks. */
  clear(): void {
    for (const store of Object.getOwnPropertySymbols(this.#stores)) this.#stores[store] = undefined;
    this.#isTouched = false;
  }
}
