import { EventEmitter } from 'node:events';
import {
  STATUS_CODES,
  type IncomingMessage,
  type OutgoingHttpHeaders,
  type Server,
} from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { createServer } from '../../node-http/index.ts';
import type { FrameSettings } from '../../http/index.ts';
import { acceptOffer, type AcceptedDeflate } from '../deflate-negotiation.ts';
import { acceptValue } from '../handshake.ts';
import type { CompleteDeflateOptions } from '../websocket-options.ts';
import { completePerMessageDeflate } from './deflate-options.ts';
import { frameSettings } from './open-link.ts';
import type { ServerOptions, VerifyClientInfo } from './options.ts';
import { protocolsOf, refusalOf, refuse, type Refusal } from './upgrade-request.ts';
import { WebSocket } from './websocket.ts';

/** Called with the WebSocket that a request became. */
export type Accepted = (socket: WebSocket, request: IncomingMessage) => void;

const FALLBACK = { maxFragments: 16_384 } as const;
const DEFLATE = /permessage-deflate/i;
const taken = new WeakSet<Duplex>();

/**
 * `WebSocketServer` of the package `ws`. With `port` it listens on the engine, where frames are made
 * natively; the same holds for a `server` of `gudeg/node-http`.
 */
export class WebSocketServer extends EventEmitter {
  readonly options: ServerOptions;
  /** Open and closing sockets; absent without `clientTracking`. */
  declare readonly clients?: Set<WebSocket>;
  readonly #deflate: CompleteDeflateOptions | null;
  readonly #settings: FrameSettings;
  #server: Server | null = null;
  readonly #ownsServer: boolean;
  #unlisten: () => void = () => undefined;
  #state: 'running' | 'closing' | 'closed' = 'running';
  #closesWithClients = false;

  /** @throws TypeError unless exactly one of `port`, `server` and `noServer` is given */
  constructor(options: ServerOptions, listening?: () => void) {
    super();
    const given = options as ServerOptions | undefined;
    const { port, server, noServer = false } = given ?? {};
    const ways = [port ?? null, server ?? null, noServer || null].filter((way) => way !== null);
    if (ways.length !== 1) {
      throw new TypeError(
        'One and only one of the "port", "server", or "noServer" options must be specified',
      );
    }
    this.options = {
      autoPong: true,
      maxPayload: 104_857_600,
      perMessageDeflate: false,
      clientTracking: true,
      closeTimeout: 30_000,
      WebSocket,
      ...FALLBACK,
      ...options,
    };
    this.#deflate = completePerMessageDeflate(options.perMessageDeflate, true);
    const effort = this.#deflate ?? { level: 6, memoryLevel: 8 };
    this.#settings = frameSettings(this.options, FALLBACK, effort);
    if (this.options.clientTracking === true) {
      Object.defineProperty(this, 'clients', { value: new Set(), enumerable: true });
    }
    this.#ownsServer = port !== undefined && port !== null;
    if (this.#ownsServer) this.#server = this.#listen(listening);
    else if (server !== undefined && server !== null) this.#server = server;
    if (this.#server !== null) this.#unlisten = this.#watch(this.#server);
  }

  #listen(listening: (() => void) | undefined): Server {
    const { port, host, backlog } = this.options;
    const server = createServer((_request, response) => {
      const body = STATUS_CODES[426] as string;
      response.writeHead(426, { 'Content-Length': body.length, 'Content-Type': 'text/plain' });
      response.end(body);
    });
    const place = { port: port as number, ...(host != null && { host }) };
    server.listen({ ...place, ...(backlog != null && { backlog }) }, listening);
    return server;
  }

  #watch(server: Server): () => void {
    const connected: Accepted = (socket, request) => this.emit('connection', socket, request);
    const listeners: Record<string, Parameters<EventEmitter['on']>[1]> = {
      listening: () => this.emit('listening'),
      error: (error: Error) => this.emit('error', error),
      upgrade: (request: IncomingMessage, socket: Duplex, head: Buffer) => {
        this.handleUpgrade(request, socket, head, connected);
      },
    };
    for (const [event, listener] of Object.entries(listeners)) server.on(event, listener);
    return () => {
      for (const [event, listener] of Object.entries(listeners)) {
        server.removeListener(event, listener);
      }
    };
  }

  /** The HTTP server below; null without one, or when this one was closed. */
  get _server(): Server | null {
    return this.#server;
  }

  /** The `path` of the options. */
  get path(): string | undefined {
    return this.options.path ?? undefined;
  }

  /**
   * Where the server listens.
   * @throws Error without a server
   */
  address(): AddressInfo | string | null {
    if (this.options.noServer === true) {
      throw new Error('The server is operating in "noServer" mode');
    }
    return this.#server?.address() ?? null;
  }

  /** Takes no more; sockets stay open. A server that was given stays open too. */
  close(closed?: (error?: Error) => void): void {
    if (this.#state === 'closed') {
      if (closed !== undefined) {
        this.once('close', () => {
          closed(new Error('The server is not running'));
        });
      }
      process.nextTick(() => {
        this.#finish();
      });
      return;
    }
    if (closed !== undefined) this.once('close', closed);
    if (this.#state === 'closing') return;
    this.#state = 'closing';
    this.#unlisten();
    const server = this.#server;
    this.#server = null;
    if (this.#ownsServer) server?.close(() => this.#finish());
    else if ((this.clients?.size ?? 0) > 0) this.#closesWithClients = true;
    else process.nextTick(() => this.#finish());
  }

  #finish(): void {
    this.#state = 'closed';
    this.emit('close');
  }

  /** Whether a request is for this server: by its path. */
  shouldHandle(request: IncomingMessage): boolean {
    const { path } = this.options;
    if (path === undefined || path === null || path === '') return true;
    const [pathname] = (request.url ?? '').split('?', 1);
    return pathname === path;
  }

  /** Makes a WebSocket of a request; `accepted` gets it. */
  handleUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer, accepted: Accepted): void {
    socket.on('error', ignoreError);
    const refusal = refusalOf(request);
    if (refusal !== null) {
      this.#refuse(request, socket, refusal);
      return;
    }
    if (!this.shouldHandle(request)) {
      refuse(socket, { status: 400 });
      return;
    }
    const protocols = protocolsOf(request);
    if (protocols === null) {
      this.#refuse(request, socket, {
        status: 400,
        text: 'Invalid Sec-WebSocket-Protocol header',
      });
      return;
    }
    const offer = request.headers['sec-websocket-extensions'];
    const deflate =
      offer === undefined || this.#deflate === null ? null : acceptOffer(offer, this.#deflate);
    if (
      deflate === undefined ||
      (deflate === null && DEFLATE.test(offer ?? '') && this.#deflate !== null)
    ) {
      this.#refuse(request, socket, {
        status: 400,
        text: 'Invalid or unacceptable Sec-WebSocket-Extensions header',
      });
      return;
    }
    const complete = (): void => {
      this.#complete(request, socket, head, protocols, deflate, accepted);
    };
    this.#verify(request, socket, complete);
  }

  #verify(request: IncomingMessage, socket: Duplex, complete: () => void): void {
    const { verifyClient } = this.options;
    if (verifyClient === undefined || verifyClient === null) {
      complete();
      return;
    }
    const { headers } = request;
    const origin =
      headers[headers['sec-websocket-version'] === '8' ? 'sec-websocket-origin' : 'origin'];
    const secure = 'encrypted' in request.socket;
    const info = { origin, secure, req: request } as VerifyClientInfo;
    if (verifyClient.length < 2) {
      if ((verifyClient as (info: VerifyClientInfo) => boolean)(info)) complete();
      else refuse(socket, { status: 401 });
      return;
    }
    verifyClient(
      info,
      (isWelcome: boolean, status = 401, text?: string, more?: OutgoingHttpHeaders) => {
        if (isWelcome) complete();
        else {
          refuse(socket, {
            status,
            ...(text !== undefined && { text }),
            ...(more !== undefined && { headers: more }),
          });
        }
      },
    );
  }

  #complete(
    request: IncomingMessage,
    socket: Duplex,
    head: Buffer,
    protocols: Set<string>,
    accepted: AcceptedDeflate | null,
    done: Accepted,
  ): void {
    // The client may have gone while it was verified.
    if (!socket.readable || !socket.writable) {
      socket.destroy();
      return;
    }
    if (taken.has(socket)) {
      throw new Error(
        'server.handleUpgrade() was called more than once with the same socket, possibly due to a misconfiguration',
      );
    }
    if (this.#state !== 'running') {
      refuse(socket, { status: 503 });
      return;
    }
    taken.add(socket);
    const protocol = this.#choose(protocols, request);
    const lines = [
      'HTTP/1.1 101 Switching Protocols',
      'Upgrade: websocket',
      'Connection: Upgrade',
      `Sec-WebSocket-Accept: ${acceptValue(request.headers['sec-websocket-key'] ?? '')}`,
    ];
    if (protocol !== '') lines.push(`Sec-WebSocket-Protocol: ${protocol}`);
    if (accepted !== null) lines.push(`Sec-WebSocket-Extensions: ${accepted.header}`);
    this.emit('headers', lines, request);
    socket.write(`${lines.join('\r\n')}\r\n\r\n`);
    socket.removeListener('error', ignoreError);
    const websocket = new (this.options.WebSocket ?? WebSocket)(null, undefined, this.options);
    this.#track(websocket);
    websocket.open({
      socket,
      head,
      settings: this.#settings,
      deflate: accepted?.deflate ?? null,
      thresholdBytes: this.#deflate?.thresholdBytes ?? Infinity,
      protocol,
      isClient: false,
    });
    done(websocket, request);
  }

  #choose(protocols: Set<string>, request: IncomingMessage): string {
    const { handleProtocols } = this.options;
    const [first] = protocols;
    if (first === undefined) return '';
    if (handleProtocols === undefined || handleProtocols === null) return first;
    const chosen = handleProtocols(protocols, request);
    return chosen || '';
  }

  #track(websocket: WebSocket): void {
    const { clients } = this;
    if (clients === undefined) return;
    clients.add(websocket);
    websocket.on('close', () => {
      clients.delete(websocket);
      if (!this.#closesWithClients || clients.size > 0) return;
      process.nextTick(() => {
        this.#finish();
      });
    });
  }

  /** Whoever listens to `wsClientError` answers. */
  #refuse(request: IncomingMessage, socket: Duplex, refusal: Refusal): void {
    if (this.listenerCount('wsClientError') === 0) {
      refuse(socket, refusal);
      return;
    }
    this.emit('wsClientError', new Error(refusal.text), socket, request);
  }
}

function ignoreError(this: Duplex): void {
  this.destroy();
}
