import { AsyncLocalStorage, AsyncResource } from 'node:async_hooks';

let description: string | null | undefined;

/**
 * Up to Node 22 an AsyncLocalStorage keeps its store in a property of the current resource; this is the
 * description of the symbols of such properties. `null` where stores are in a frame that nobody can
 * look at.
 */
export function storeSymbolDescription(): string | null {
  return (description ??= findDescription());
}

function findDescription(): string | null {
  const storage = new AsyncLocalStorage<object>();
  const store = {};
  const resource = new AsyncResource('gudeg:probe') as AsyncResource & Record<symbol, unknown>;
  resource.runInAsyncScope(() => {
    storage.enterWith(store);
  });
  storage.disable();
  const symbols = Object.getOwnPropertySymbols(resource);
  return symbols.find((symbol) => resource[symbol] === store)?.description ?? null;
}
