import { AsyncLocalStorage, AsyncResource } from 'node:async_hooks';

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
    this.#scope = storesLiveOnResources() ? null : new AsyncResource('gudeg:turn');
  }

  /** Calls `receive(first, second)`, whose context ends with the call. */
  run<A, B>(receive: (first: A, second: B) => void, first: A, second: B): void {
    if (this.#scope !== null) {
      this.#scope.runInAsyncScope(receive, undefined, first, second);
      return;
    }
    receive(first, second);
    if (this.#isTouched) this.#clear();
  }

  #clear(): void {
    for (const store of Object.getOwnPropertySymbols(this.#stores)) this.#stores[store] = undefined;
    this.#isTouched = false;
  }
}

/** Does `enterWith()` write to the current resource (Node 20, 22), or swap a frame? */
function storesLiveOnResources(): boolean {
  const storage = new AsyncLocalStorage<object>();
  const store = {};
  const resource = new AsyncResource('gudeg:probe') as AsyncResource & Record<symbol, unknown>;
  resource.runInAsyncScope(() => {
    storage.enterWith(store);
  });
  storage.disable();
  return Object.getOwnPropertySymbols(resource).some((symbol) => resource[symbol] === store);
}
