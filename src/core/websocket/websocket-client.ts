import { randomBytes } from 'node:crypto';
import { request as httpRequest, type IncomingMessage } from 'node:http';
import { request as httpsRequest, type RequestOptions } from 'node:https';
import type { Socket } from 'node:net';
import type { ConnectionOptions } from 'node:tls';
import { GudegError, describeValue, invalidArgType } from '../errors.ts';
import { wait } from '../hub/index.ts';
import { offerOf, readAnswer, type NegotiatedDeflate } from './deflate-negotiation.ts';
import { DuplexStream } from './duplex-stream.ts';
import { acceptValue } from './handshake.ts';
import type { WebSocketHead } from './upgrade-head.ts';
import type { WebSocket } from './websocket.ts';
import {
  completeWebSocketOptions,
  type CompleteWebSocketOptions,
  type WebSocketOptions,
} from './websocket-options.ts';
import { openWebSocket } from './websocket-tunnel.ts';

/** Options of `WebSocketClient`. */
export interface WebSocketClientOptions extends WebSocketOptions {
  /** Sub-protocols to offer, the best first. Default none. */
  protocols?: readonly string[];
  /** More fields for the handshake, such as `authorization` or `origin`. */
  headers?: Readonly<Record<string, string>>;
  /** A unix socket to connect to, instead of the host of the URL. */
  socketPath?: string;
  /** For `wss:`: what `tls.connect()` takes, such as `ca`. */
  tls?: ConnectionOptions;
  /** How long connecting and the handshake may take, in ms. Default 10000. */
  handshakeTimeoutMs?: number;
}

/** Opens WebSockets to one URL; what it gives is used as in a handler. */
export class WebSocketClient {
  readonly url: URL;
  readonly #options: CompleteWebSocketOptions;
  readonly #protocols: readonly string[];
  readonly #headers: Readonly<Record<string, string>>;
  readonly #connection: RequestOptions;

  /**
   * @param url with `ws:` or `wss:`
   * @throws GUDEG_ERR_INVALID_ARG_VALUE, GUDEG_ERR_INVALID_OPTION
   */
  constructor(url: string | URL, options: WebSocketClientOptions = {}) {
    const { protocols = [], headers = {}, socketPath, tls, handshakeTimeoutMs, ...rest } = options;
    if (!URL.canParse(String(url))) throw badUrl(url);
    this.url = new URL(url);
    if (this.url.protocol !== 'ws:' && this.url.protocol !== 'wss:') throw badUrl(url);
    this.#protocols = protocols;
    this.#headers = headers;
    this.#options = completeWebSocketOptions(rest);
    this.#connection = {
      ...(tls ?? {}),
      ...(socketPath === undefined ? {} : { socketPath }),
      timeout: handshakeTimeoutMs ?? 10_000,
    };
  }

  /**
   * Connects and does the handshake; blocks the green thread.
   * @throws GUDEG_ERR_HUB_BLOCKING outside a green thread; as `connectAsync()`
   */
  connect(): WebSocket {
    return wait((signal) => this.connectAsync({ signal }));
  }

  /**
   * The promise-returning twin of `connect()`.
   * @throws GUDEG_ERR_WEBSOCKET_HANDSHAKE when the server doesn't answer as it should or in time; a
   *   system error such as ECONNREFUSED
   */
  async connectAsync(options: { signal?: AbortSignal } = {}): Promise<WebSocket> {
    const key = randomBytes(16).toString('base64');
    const { response, socket, head } = await this.#request(key, options.signal);
    try {
      const { protocol, deflate } = this.#check(response, key);
      const threshold = this.#options.deflate?.thresholdBytes ?? Infinity;
      socket.setTimeout(0);
      socket.setNoDelay(true);
      const opened = openWebSocket(
        new DuplexStream(socket, head),
        headOf(this.url, response),
        { protocol, version: 13, compressFromBytes: deflate === null ? Infinity : threshold },
        this.#options,
        deflate,
        true,
      );
      return opened.socket;
    } catch (error) {
      socket.destroy();
      throw error;
    }
  }

  #request(
    key: string,
    signal: AbortSignal | undefined,
  ): Promise<{ response: IncomingMessage; socket: Socket; head: Buffer }> {
    const { deflate } = this.#options;
    const isTls = this.url.protocol === 'wss:';
    const request = (isTls ? httpsRequest : httpRequest)({
      ...this.#connection,
      ...(signal === undefined ? {} : { signal }),
      agent: false,
      host: this.url.hostname.replace(/^\[|\]$/g, ''),
      port: this.url.port === '' ? (isTls ? 443 : 80) : this.url.port,
      path: `${this.url.pathname}${this.url.search}`,
      headers: {
        ...this.#headers,
        connection: 'Upgrade',
        upgrade: 'websocket',
        'sec-websocket-version': '13',
        'sec-websocket-key': key,
        ...(this.#protocols.length === 0
          ? {}
          : { 'sec-websocket-protocol': this.#protocols.join(', ') }),
        ...(deflate === null ? {} : { 'sec-websocket-extensions': offerOf(deflate) }),
      },
    });
    return new Promise((resolve, reject) => {
      request.on('upgrade', (response, socket, head) => {
        resolve({ response, socket: socket, head });
      });
      request.on('response', (response) => {
        response.destroy();
        reject(this.#refused(`answered ${response.statusCode} ${response.statusMessage}`));
      });
      request.on('timeout', () => {
        request.destroy(this.#refused('did not answer in time'));
      });
      request.on('error', reject);
      request.end();
    });
  }

  /** RFC 6455 section 4.1, what a client must check. */
  #check(
    response: IncomingMessage,
    key: string,
  ): { protocol: string | null; deflate: NegotiatedDeflate | null } {
    const { headers } = response;
    const is = (name: string, value: string): boolean =>
      String(headers[name] ?? '').toLowerCase() === value;
    if (!is('upgrade', 'websocket') || !is('connection', 'upgrade')) {
      throw this.#refused('does not upgrade to WebSocket');
    }
    if (headers['sec-websocket-accept'] !== acceptValue(key)) {
      throw this.#refused('answered with a wrong sec-websocket-accept');
    }
    const protocol = headers['sec-websocket-protocol'] ?? null;
    if (protocol !== null && !this.#protocols.includes(protocol)) {
      throw this.#refused(
        `chose the sub-protocol ${describeValue(protocol)}, which was not offered`,
      );
    }
    const extensions = headers['sec-websocket-extensions'] ?? '';
    const deflate = readAnswer(extensions, this.#options.deflate);
    if (deflate === undefined) {
      throw this.#refused(
        `chose the extensions ${describeValue(extensions)}, which were not offered`,
      );
    }
    return { protocol, deflate };
  }

  #refused(what: string): GudegError {
    return new GudegError(
      'GUDEG_ERR_WEBSOCKET_HANDSHAKE',
      `the server of ${this.url.href} ${what}`,
    );
  }
}

function headOf(url: URL, response: IncomingMessage): WebSocketHead {
  return {
    uri: `${url.pathname}${url.search}`,
    path: decodeURIComponent(url.pathname),
    headers: response.headers as Record<string, string>,
    environ: {},
  };
}

function badUrl(url: unknown): Error {
  if (typeof url !== 'string' && !(url instanceof URL)) return invalidArgType('url', 'a URL', url);
  return new GudegError(
    'GUDEG_ERR_INVALID_ARG_VALUE',
    `url must be a URL with ws: or wss:; got ${describeValue(String(url))}`,
  );
}
