import { spawn } from '../hub/index.ts';
import { CloseCode } from './close-code.ts';
import type { WebSocket } from './websocket.ts';

/**
 * Has one WebSocket until it returns; then the socket is closed. A plain function runs in a green
 * thread and may block; an async function needs no addon for that.
 */
export type WebSocketHandler = (ws: WebSocket) => unknown;

/** Learns how a handler ended. */
export interface HandlerWatcher {
  /** It returned, and the socket closes; or its peer went away while it spoke to it. */
  done?(): void;
  /** It failed, and the socket has closed. */
  report(error: unknown, uri: string): void;
}

/**
 * Calls a handler and closes the socket when it is done, or has failed. One bound function and a promise
 * are all that is kept meanwhile: what a thousand sockets are waiting for is memory.
 */
export function runHandler(
  handler: WebSocketHandler,
  socket: WebSocket,
  isAsync: boolean,
  watcher: HandlerWatcher,
): void {
  let given: unknown;
  try {
    given = isAsync ? handler(socket) : spawn(handler, socket);
  } catch (error) {
    onError(error, socket, watcher);
    return;
  }
  if (typeof (given as PromiseLike<unknown> | undefined)?.then !== 'function') {
    onReturn(socket, watcher);
    return;
  }
  // `then` of anything else may begin the work: it is called once.
  if (!(given instanceof Promise)) {
    onSettled.call(socket, given as PromiseLike<unknown>, watcher);
    return;
  }
  const settle = onSettled.bind(socket, given, watcher);
  given.then(settle, settle);
}

/** Looks how the handler ended: only then are there functions for either case. */
function onSettled(this: WebSocket, given: PromiseLike<unknown>, watcher: HandlerWatcher): void {
  given.then(
    () => {
      onReturn(this, watcher);
    },
    (error: unknown) => {
      onError(error, this, watcher);
    },
  );
}

function onReturn(socket: WebSocket, watcher: HandlerWatcher): void {
  socket.close();
  watcher.done?.();
}

function onError(error: unknown, socket: WebSocket, watcher: HandlerWatcher): void {
  socket.close(CloseCode.INTERNAL_ERROR, 'the handler failed');
  // The peer went away while the handler spoke to it: nobody's fault.
  if ((error as { code?: unknown } | null)?.code === 'GUDEG_ERR_WEBSOCKET_CLOSED') watcher.done?.();
  else {
    socket.onEnd(() => {
      watcher.report(error, socket.uri);
    });
  }
}
