import type { Server } from 'node:net';

const actionsOf = new WeakMap<Server, Set<() => void>>();

/**
 * Has `action` called when `server.close()` is, before the server stops; node has no event for it.
 * @returns takes it back
 */
export function beforeServerCloses(server: Server, action: () => void): () => void {
  let actions = actionsOf.get(server);
  if (actions === undefined) {
    const added = new Set<() => void>();
    actionsOf.set(server, added);
    const close = server.close.bind(server);
    server.close = (...given: Parameters<Server['close']>): Server => {
      for (const each of [...added]) each();
      return close(...given);
    };
    actions = added;
  }
  actions.add(action);
  return () => {
    actions.delete(action);
  };
}
