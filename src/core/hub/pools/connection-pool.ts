import { hub } from '../hub.ts';
import { isThenable, waitForPromise } from '../promise-bridge.ts';
import { shield } from '../timeout.ts';
import { ResourcePool } from './resource-pool.ts';
import type { ResourcePoolOptions } from './resource-pool-options.ts';

/** How connections are made, cleaned and ended. Times are seconds; null is for ever. */
export interface ConnectionPoolOptions<C> extends Pick<
  ResourcePoolOptions<C>,
  'minSize' | 'maxSize' | 'orderAsStack'
> {
  /** Makes a connection, in the green thread that asks for one: it may block, or give a promise. */
  connect: () => C | PromiseLike<C>;
  /** Ends one. It must not block, and may give a promise; its errors are reported. */
  close?: ((connection: C) => unknown) | undefined;
  /**
   * Makes one that comes back as good as new, such as by a rollback. It may block, or give a promise. A
   * connection that it fails for is ended.
   */
  cleanup?: ((connection: C) => unknown) | undefined;
  /** Seconds that one may be idle. Default 10. */
  maxIdle?: number | null | undefined;
  /** Seconds that one may live. Default 30. */
  maxAge?: number | null | undefined;
  /** Seconds that `connect` may take; then a `Timeout` is thrown. Default 5. */
  connectTimeout?: number | null | undefined;
}

/**
 * Connections of a database for green threads: made when they are needed, cleaned when they come back, ended
 * when they have been idle for `maxIdle` or lived for `maxAge`. eventlet's `db_pool`, with its defaults.
 *
 * @example
 * const pool = new ConnectionPool({
 *   connect: async () => {
 *     const client = new pg.Client(url);
 *     await client.connect();
 *     return client;
 *   },
 *   cleanup: (client) => client.query('rollback'),
 *   close: (client) => client.end(),
 * });
 * const { rows } = pool.with((client) => wait(client.query('select 1')));
 */
export class ConnectionPool<C = unknown> extends ResourcePool<C> {
  readonly #cleanup: ((connection: C) => unknown) | undefined;

  constructor(options: ConnectionPoolOptions<C>) {
    const { connect, close, cleanup, minSize, maxSize, orderAsStack } = options;
    const { maxIdle = 10, maxAge = 30, connectTimeout = 5 } = options;
    super({
      create: connect,
      destroy: close,
      createTimeout: connectTimeout ?? undefined,
      maxIdle: maxIdle ?? undefined,
      maxAge: maxAge ?? undefined,
      minSize,
      maxSize,
      orderAsStack,
    });
    this.#cleanup = cleanup;
  }

  /** Cleans a connection and gives it back. One that cannot be cleaned, or is too old, is ended. */
  override put(connection: C): void {
    const cleanup = this.#cleanup;
    if (cleanup === undefined) {
      super.put(connection);
      return;
    }
    try {
      if (hub.current === undefined) {
        const cleaned = cleanup(connection);
        if (isThenable(cleaned)) {
          this.#putAfter(cleaned, connection);
          return;
        }
      } else {
        // Also after a kill or a timeout: somebody else gets it next.
        shield(() => {
          const cleaned = cleanup(connection);
          if (isThenable(cleaned)) waitForPromise(cleaned, 'cleanup() of a ConnectionPool');
        });
      }
    } catch {
      this.discard(connection);
      return;
    }
    super.put(connection);
  }

  #putAfter(cleaned: PromiseLike<unknown>, connection: C): void {
    void cleaned.then(
      () => {
        super.put(connection);
      },
      () => {
        this.discard(connection);
      },
    );
  }
}
