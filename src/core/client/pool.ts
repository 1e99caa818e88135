import { ClientError, GudegError, describeValue } from '../errors.ts';
import type { SocketAddress } from '../rgi/index.ts';
import { Backoff } from './backoff.ts';
import { Client } from './client.ts';
import type { ClientOptions } from './client-options.ts';
import type { ClientResponse } from './client-response.ts';
import type { Connection } from './connection.ts';
import type { OutgoingHeaders, RequestBody } from './render-request.ts';
import { Requester, type RequestOptions } from './requester.ts';

/** Options of a pool: those of its client, and how much at a time. */
export interface PoolOptions extends ClientOptions {
  /** Connections at a time. Default 64. */
  maxConnections?: number;
  /** Requests that wait for a connection; one more rejects. Default 10000. */
  maxQueued?: number;
  /**
   * The longest that a server which takes no connection is left alone, in ms; 0 = it is tried for every
   * request. Default 10000.
   */
  maxBackoffMs?: number;
}

/** What a pool has at a moment. */
export interface PoolStatistics {
  /** Connections, also those that are being opened. */
  readonly open: number;
  /** Connections that wait for a request. */
  readonly idle: number;
  /** Requests that wait for a connection. */
  readonly queued: number;
}

interface Lease {
  readonly connection: Connection;
  /** It has had a request before, so it may have died meanwhile. */
  readonly isReused: boolean;
}

interface Waiter {
  readonly resolve: (lease: Lease) => void;
  readonly reject: (error: Error) => void;
}

/** RFC 9110 section 9.2.2. */
const IDEMPOTENT = new Set(['GET', 'HEAD', 'OPTIONS', 'TRACE', 'PUT', 'DELETE']);

/**
 * Connections to one server, opened when they are needed and kept for the next request. Requests
 * that find none free wait in their order. One that met a connection which had died while it was idle
 * is made again, if that is safe (`ClientError.retry`) and its body can be sent twice.
 *
 * A connection is free again when the response's body was read or closed. A server that takes no
 * connection is left alone for 100 ms, then twice as long each time: requests that need a new
 * connection meanwhile reject at once with what it failed with, and then one of them tries it.
 *
 * @example
 * const pool = new Pool(['127.0.0.1', 8000], { maxConnections: 8 });
 * const { status, body } = await pool.get('/example');
 * console.log(status, await body?.text());
 * await pool.close();
 */
export class Pool extends Requester implements AsyncDisposable {
  readonly client: Client;
  readonly maxConnections: number;
  readonly maxQueued: number;
  readonly maxBackoffMs: number;
  readonly #backoff: Backoff;
  readonly #connections = new Set<Connection>();
  /** The one used last is the first to be used again. */
  readonly #idle: Connection[] = [];
  readonly #queue = new Set<Waiter>();
  #connecting = 0;
  #isClosed = false;
  #onEmpty: (() => void) | null = null;

  /**
   * @param target an address as `Client` takes it, or a client; its options are its own
   * @throws as `Client`
   */
  constructor(target: SocketAddress | Client, options: PoolOptions = {}) {
    super();
    const { maxConnections = 64, maxQueued = 10_000, maxBackoffMs = 10_000, ...rest } = options;
    this.client = clientOf(target, rest);
    this.maxConnections = checkCount('maxConnections', maxConnections, 1);
    this.maxQueued = checkCount('maxQueued', maxQueued, 0);
    this.maxBackoffMs = checkCount('maxBackoffMs', maxBackoffMs, 0);
    this.#backoff = new Backoff(maxBackoffMs);
  }

  /** In how many ms a server that took no connection is tried again; 0 when it may be tried now. */
  get retryInMs(): number {
    return this.#backoff.remainingMs;
  }

  /** What the pool has now. */
  statistics(): PoolStatistics {
    this.#dropDead();
    return {
      open: this.#connections.size + this.#connecting,
      idle: this.#idle.length,
      queued: this.#queue.size,
    };
  }

  /**
   * Makes a request on a connection of the pool; as `Connection.request`.
   * @throws ClientError also GUDEG_ERR_CLIENT_POOL_FULL
   */
  override async request(
    method: string,
    uri: string,
    headers: OutgoingHeaders = {},
    body: RequestBody = null,
    options: RequestOptions = {},
  ): Promise<ClientResponse> {
    const { signal } = options;
    const isRepeatable = body === null || typeof body === 'string' || body instanceof Uint8Array;
    for (;;) {
      const { connection, isReused } = await this.#acquire(signal);
      try {
        return await connection.request(method, uri, headers, body, options);
      } catch (error) {
        if (isReused && isRepeatable && isRetrySafe(error, method)) continue;
        throw error;
      } finally {
        connection.whenIdle(() => {
          this.#release(connection);
        });
      }
    }
  }

  /**
   * Takes no more requests, lets those that run finish, and closes. Waiting ones reject.
   * @param options.graceMs after which the running ones are cut off; default no limit
   */
  async close(options: { graceMs?: number } = {}): Promise<void> {
    this.#isClosed = true;
    for (const waiter of this.#queue) waiter.reject(closedPool());
    this.#queue.clear();
    for (const connection of this.#idle.splice(0)) this.#forget(connection);
    if (this.#connections.size + this.#connecting === 0) return;
    const cut = (): void => {
      for (const connection of this.#connections) connection.close();
    };
    const { graceMs } = options;
    const timer = graceMs === undefined ? undefined : setTimeout(cut, graceMs);
    await new Promise<void>((resolve) => (this.#onEmpty = resolve));
    clearTimeout(timer);
  }

  /** `close()`. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #acquire(signal: AbortSignal | undefined): Promise<Lease> {
    if (this.#isClosed) throw closedPool();
    signal?.throwIfAborted();
    this.#dropDead();
    const connection = this.#idle.pop();
    if (connection !== undefined) return { connection, isReused: true };
    const failure = this.#failure;
    if (failure !== null) throw failure;
    return this.#mayOpen ? await this.#open(signal) : await this.#wait(signal);
  }

  /** Why there can be no connection now; null where there is one, or one may be tried. */
  get #failure(): ClientError | null {
    return this.#connections.size + this.#connecting === 0 ? this.#backoff.failure : null;
  }

  /** Whether there is room for a connection; to a server that has failed, one is tried at a time. */
  get #mayOpen(): boolean {
    if (this.#backoff.remainingMs > 0) return false;
    const room = this.maxConnections - this.#connections.size;
    return this.#connecting < (this.#backoff.isProbing ? Math.min(1, room) : room);
  }

  async #open(signal: AbortSignal | undefined): Promise<Lease> {
    this.#connecting++;
    try {
      const connection = await this.client.connect(signal === undefined ? {} : { signal });
      this.#backoff.succeeded();
      this.#connections.add(connection);
      return { connection, isReused: false };
    } catch (error) {
      if (error instanceof ClientError) this.#backoff.failed(error);
      throw error;
    } finally {
      this.#connecting--;
      this.#serve();
    }
  }

  #wait(signal: AbortSignal | undefined): Promise<Lease> {
    if (this.#queue.size >= this.maxQueued) {
      return Promise.reject(
        new ClientError(
          'GUDEG_ERR_CLIENT_POOL_FULL',
          'always',
          `${this.maxQueued} requests wait for one of ${this.maxConnections} connections already`,
        ),
      );
    }
    return new Promise((resolve, reject) => {
      const abort = (): void => {
        this.#queue.delete(waiter);
        reject(signal?.reason as Error);
      };
      const waiter: Waiter = {
        resolve: (lease) => {
          signal?.removeEventListener('abort', abort);
          resolve(lease);
        },
        reject: (error) => {
          signal?.removeEventListener('abort', abort);
          reject(error);
        },
      };
      signal?.addEventListener('abort', abort, { once: true });
      this.#queue.add(waiter);
    });
  }

  #release(connection: Connection): void {
    if (connection.closed || this.#isClosed) this.#forget(connection);
    else this.#idle.push(connection);
    this.#serve();
  }

  /** Gives those who wait what there is, in their order. */
  #serve(): void {
    for (const waiter of this.#queue) {
      this.#dropDead();
      const connection = this.#idle.pop();
      if (connection !== undefined) {
        this.#queue.delete(waiter);
        waiter.resolve({ connection, isReused: true });
      } else if (this.#failure !== null) {
        this.#queue.delete(waiter);
        waiter.reject(this.#failure);
      } else if (this.#mayOpen) {
        this.#queue.delete(waiter);
        this.#open(undefined).then(waiter.resolve, waiter.reject);
      } else {
        return;
      }
    }
  }

  #dropDead(): void {
    for (let i = this.#idle.length - 1; i >= 0; i--) {
      const connection = this.#idle[i];
      if (connection?.closed !== true) continue;
      this.#idle.splice(i, 1);
      this.#forget(connection);
    }
  }

  #forget(connection: Connection): void {
    connection.close();
    this.#connections.delete(connection);
    if (this.#connections.size + this.#connecting === 0) this.#onEmpty?.();
  }
}

function clientOf(target: SocketAddress | Client, options: ClientOptions): Client {
  if (!(target instanceof Client)) return new Client(target, options);
  const [name] = Object.keys(options);
  if (name === undefined) return target;
  throw new GudegError(
    'GUDEG_ERR_INVALID_OPTION',
    `the option ${name} belongs to the client that the pool was given; give it to that one`,
  );
}

function isRetrySafe(error: unknown, method: string): boolean {
  if (!(error instanceof ClientError)) return false;
  if (error.retry === 'always') return true;
  return error.code === 'GUDEG_ERR_CLIENT_NO_RESPONSE' && IDEMPOTENT.has(method);
}

function closedPool(): ClientError {
  return new ClientError('GUDEG_ERR_CLIENT_CLOSED', 'always', 'the pool is closed');
}

function checkCount(name: string, value: number, min: number): number {
  if (Number.isInteger(value) && value >= min) return value;
  throw new GudegError(
    'GUDEG_ERR_INVALID_OPTION',
    `the option ${name} must be an integer from ${min}; got ${describeValue(value)}`,
  );
}
