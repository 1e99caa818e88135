import { GudegError } from '../errors.ts';
import { checkSeconds } from './blocking-call.ts';
import { GreenPool } from './green-pool.ts';
import type { GreenSocket } from './green-socket.ts';
import { runningThread } from './green-thread.ts';
import { GreenletExit } from './greenlet-exit.ts';
import { hub } from './hub.ts';
import type { GreenListener } from './listen.ts';
import { ShutDown } from './queue-errors.ts';
import type { GreenAddress } from './socket-address.ts';

/** Raised in a handler, or in the green thread that serves, it lets `serve` return. */
export class StopServe extends GudegError {
  constructor(message = 'the server was told to stop') {
    super('GUDEG_ERR_HUB_STOP_SERVE', message);
    this.name = 'StopServe';
  }
}

/** How to serve. */
export interface ServeOptions {
  /** Handlers that run at a time, at most; no more connections are taken meanwhile. Default 1000. */
  concurrency?: number | undefined;
  /**
   * Seconds that handlers may take after the end of serving; then they are killed and their sockets
   * closed, and `serve` returns. Default: `serve` returns at once, and they finish on their own.
   */
  stopTimeout?: number | undefined;
}

/**
 * Accepts connections and runs `handler(socket, address)` for each in a green thread. Its socket is
 * closed when it returns or throws; an error is reported, and serving goes on.
 *
 * Returns after a `StopServe`, or when the listener was closed; handlers that run then finish, or
 * get `stopTimeout` for it.
 */
export function serve(
  listener: GreenListener,
  handler: (socket: GreenSocket, address: GreenAddress) => unknown,
  { concurrency = 1000, stopTimeout }: ServeOptions = {},
): void {
  const self = runningThread('serve()');
  const graceSeconds = checkSeconds('stopTimeout', stopTimeout);
  const pool = new GreenPool(concurrency);
  let isServing = true;
  const run = (socket: GreenSocket): unknown => {
    try {
      return handler(socket, socket.getpeername());
    } catch (error) {
      if (error instanceof StopServe) {
        if (isServing) self.interruptWith(error, false);
      } else if (!(error instanceof GreenletExit)) {
        hub.report(error, 'a connection handler of serve()');
      }
      return undefined;
    } finally {
      socket.close();
    }
  };
  try {
    for (;;) {
      const socket = listener.accept();
      try {
        pool.spawn(run, socket);
      } catch (error) {
        socket.close();
        throw error;
      }
    }
  } catch (error) {
    if (!(error instanceof StopServe) && !(error instanceof ShutDown)) throw error;
  } finally {
    isServing = false;
  }
  if (stopTimeout !== undefined && !pool.join(graceSeconds)) pool.kill(undefined, { block: true });
}
