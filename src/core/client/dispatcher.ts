import { GudegError, describeValue } from '../errors.ts';
import { BodyIter, ChunkedBodyIter, type ChunkItem } from '../http/index.ts';
import type { ClientResponse } from './client-response.ts';
import { DispatchReceiver, type DispatchHandler } from './dispatch-receiver.ts';
import { Pool, type PoolOptions } from './pool.ts';
import type { OutgoingHeaders, RequestBody } from './render-request.ts';

/** A request as undici hands it to a dispatcher. */
export interface DispatchRequest {
  readonly origin?: string | URL | undefined;
  readonly path: string;
  readonly method: string;
  readonly body?: unknown;
  readonly headers?: unknown;
  readonly upgrade?: boolean | string | null | undefined;
}

/** What the connection or its pool decide, not who makes the request. */
const OWN_FIELDS = new Set(['host', 'connection', 'keep-alive', 'transfer-encoding', 'expect']);

/** The schemes it speaks. */
const DEFAULT_PORTS = new Map([
  ['http:', 80],
  ['https:', 443],
]);

/**
 * What undici and `fetch` call a dispatcher: lets `fetch(url, { dispatcher })` make its requests on
 * pools of this package, one for each origin, or all on the pool that it is given.
 *
 * @example
 * const dispatcher = new Dispatcher(new Pool('/run/api.sock'));
 * const response = await fetch('http://api/users', { dispatcher });
 */
export class Dispatcher implements AsyncDisposable {
  readonly #only: Pool | null;
  readonly #options: PoolOptions;
  readonly #pools = new Map<string, Pool>();

  /** @param target where all requests go, or the options of the pools; `tls` is for `https:` origins alone */
  constructor(target: Pool | PoolOptions = {}) {
    this.#only = target instanceof Pool ? target : null;
    this.#options = target instanceof Pool ? {} : target;
  }

  /** Makes a request. What comes of it is told to the handler; true: the next one may follow. */
  dispatch(request: DispatchRequest, handler: DispatchHandler): boolean {
    void this.#run(request, new DispatchReceiver(handler));
    return true;
  }

  /** Closes the pools, each when its requests are done. */
  async close(): Promise<void> {
    const pools = this.#only === null ? [...this.#pools.values()] : [this.#only];
    await Promise.all(pools.map((pool) => pool.close()));
  }

  /** Cuts what runs. */
  async destroy(): Promise<void> {
    const pools = this.#only === null ? [...this.#pools.values()] : [this.#only];
    await Promise.all(pools.map((pool) => pool.close({ graceMs: 0 })));
  }

  /** `close()`. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #run(request: DispatchRequest, receiver: DispatchReceiver): Promise<void> {
    try {
      receiver.onStart();
      const headers = headersOf(request.headers);
      const body = bodyOf(request.body, headers);
      const response = await this.#poolOf(request).request(
        request.method,
        request.path,
        headers,
        body,
        { signal: receiver.signal, onInterim: (interim) => void receiver.onHead(interim) },
      );
      await deliver(response, receiver);
    } catch (error) {
      receiver.onError(error);
    }
  }

  #poolOf({ origin, upgrade }: DispatchRequest): Pool {
    if (upgrade !== undefined && upgrade !== null && upgrade !== false) {
      throw refused(`an upgrade to ${describeValue(upgrade)} needs a Connection, not a Dispatcher`);
    }
    if (this.#only !== null) return this.#only;
    const { protocol, hostname, port } = new URL(String(origin));
    const defaultPort = DEFAULT_PORTS.get(protocol);
    if (defaultPort === undefined) {
      throw refused(`a Dispatcher speaks http: and https:, not ${protocol}`);
    }
    const key = `${protocol}//${hostname}:${port}`;
    let pool = this.#pools.get(key);
    if (pool === undefined) {
      const host = hostname.replace(/^\[(.*)\]$/, '$1');
      const { tls = {}, ...plain } = this.#options;
      const options = protocol === 'https:' ? { ...plain, tls } : plain;
      pool = new Pool([host, port === '' ? defaultPort : Number(port)], options);
      this.#pools.set(key, pool);
    }
    return pool;
  }
}

async function deliver(response: ClientResponse, receiver: DispatchReceiver): Promise<void> {
  const { body } = response;
  try {
    await receiver.onHead(response);
    for await (const piece of body ?? []) {
      const data = piece instanceof Uint8Array ? piece : piece[1];
      if (data.length > 0) await receiver.onData(data as Buffer);
    }
  } finally {
    body?.close();
  }
  receiver.onEnd(body !== null && 'trailers' in body ? body.trailers : null);
}

/** Undici takes an object, names and values in turn, or pairs. */
function headersOf(given: unknown): OutgoingHeaders {
  const headers: OutgoingHeaders = {};
  const add = (name: string, value: unknown): void => {
    const key = name.toLowerCase();
    if (value === undefined || OWN_FIELDS.has(key)) return;
    const earlier = headers[key];
    const values = [...(earlier === undefined ? [] : [earlier].flat()), ...[value].flat()];
    headers[key] = (values.length === 1 ? values[0] : values) as string;
  };
  if (Array.isArray(given)) {
    for (let i = 0; i + 1 < given.length; i += 2) add(String(given[i]), given[i + 1]);
  } else if (typeof given === 'object' && given !== null) {
    const pairs =
      Symbol.iterator in given ? (given as Iterable<[string, unknown]>) : Object.entries(given);
    for (const [name, value] of pairs) add(name, value);
  }
  return headers;
}

/** Takes `content-length` out of the fields: a body has its own, and where it is missing goes in chunks. */
function bodyOf(given: unknown, headers: OutgoingHeaders): RequestBody {
  const length = headers['content-length'];
  delete headers['content-length'];
  if (given === undefined || given === null) return null;
  if (typeof given === 'string' || given instanceof Uint8Array) return given;
  const isIterable =
    typeof given === 'object' && (Symbol.asyncIterator in given || Symbol.iterator in given);
  if (!isIterable) {
    throw refused(
      `a Dispatcher sends text, bytes and what can be iterated; got ${describeValue(given)}`,
    );
  }
  const source = given as AsyncIterable<Uint8Array>;
  return length === undefined
    ? new ChunkedBodyIter(chunksOf(source))
    : new BodyIter(source, Number(length));
}

async function* chunksOf(source: AsyncIterable<Uint8Array | string>): AsyncGenerator<ChunkItem> {
  for await (const data of source) if (data.length > 0) yield [null, data];
  yield [null, ''];
}

function refused(why: string): GudegError {
  return new GudegError('GUDEG_ERR_CLIENT_REQUEST', why);
}
