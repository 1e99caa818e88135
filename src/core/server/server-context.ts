import { AsyncResource, executionAsyncId } from 'node:async_hooks';
import { storeSymbolDescription } from './context-storage.ts';

/** The asynchronous id of a program's outermost code, whose resource has nothing to be found by. */
const OUTERMOST = 1;

/**
 * The async context that a server began to listen in: what happens on its connections happens in it, as
 * in node:http, whose listening handle is a resource that all else descends from.
 */
export class ServerContext {
  readonly #resource: AsyncResource & Record<symbol, unknown>;
  /** Null where `runInAsyncScope()` puts everything back that `enterWith()` did. */
  readonly #stores: ReadonlyMap<symbol, unknown> | null;

  /**
   * The current context. Null where there is nothing in it, so that a server that listens from a
   * program's outermost code, as most do, pays nothing for it.
   */
  static capture(): ServerContext | null {
    const description = storeSymbolDescription();
    const resource = new AsyncResource('gudeg:server') as AsyncResource & Record<symbol, unknown>;
    if (description === null) return new ServerContext(resource, null);
    const stores = storesOf(resource, description);
    return stores.size === 0 && executionAsyncId() <= OUTERMOST
      ? null
      : new ServerContext(resource, stores);
  }

  private constructor(
    resource: AsyncResource & Record<symbol, unknown>,
    stores: ReadonlyMap<symbol, unknown> | null,
  ) {
    this.#resource = resource;
    this.#stores = stores;
  }

  /** Calls `receive(first, second)`; what that enters with `enterWith()` ends with it. */
  run<A, B>(receive: (first: A, second: B) => void, first: A, second: B): void {
    try {
      this.#resource.runInAsyncScope(receive, undefined, first, second);
    } finally {
      if (this.#stores !== null) this.#restore(this.#stores);
    }
  }

  #restore(stores: ReadonlyMap<symbol, unknown>): void {
    const description = storeSymbolDescription();
    for (const symbol of Object.getOwnPropertySymbols(this.#resource)) {
      if (symbol.description === description) this.#resource[symbol] = stores.get(symbol);
    }
  }
}

function storesOf(resource: Record<symbol, unknown>, description: string): Map<symbol, unknown> {
  const stores = new Map<symbol, unknown>();
  for (const symbol of Object.getOwnPropertySymbols(resource)) {
    const store = resource[symbol];
    if (symbol.description === description && store !== undefined) stores.set(symbol, store);
  }
  return stores;
}
