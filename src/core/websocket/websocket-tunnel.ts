import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import {
  Tunnel,
  isFramingTunnel,
  type FrameTunnel,
  type FramingTunnel,
  type SocketTunnel,
  type TunnelStream,
} from '../http/index.ts';
import { loadEngine } from '../native/index.ts';
import { CloseCode } from './close-code.ts';
import type { NegotiatedDeflate } from './deflate-negotiation.ts';
import { runHandler, type WebSocketHandler } from './run-handler.ts';
import { StreamTransport } from './stream-transport.ts';
import type { WebSocketHead } from './upgrade-head.ts';
import { WebSocket } from './websocket.ts';
import type { WebSocketTerms } from './websocket-facts.ts';
import type { CompleteWebSocketOptions } from './websocket-options.ts';
import { acceptThroughWs, loadWs } from './ws-package.ts';
import { WsTransport } from './ws-transport.ts';

/** What all sockets of one gateway have in common. */
export interface HandlerSettings {
  readonly handler: WebSocketHandler;
  readonly options: CompleteWebSocketOptions;
  /** Whether the handler is called as it is, instead of in a green thread. */
  readonly isAsync: boolean;
}

/** The handler of a tunnel that is its own: not a function for each. */
function openedByMethod(): void {
  // `open()` is overridden.
}

/** The bytes behind the 101 of a WebSocket's handshake: runs the handler on them. */
export class WebSocketTunnel extends Tunnel implements SocketTunnel, FrameTunnel {
  readonly #settings: HandlerSettings;
  readonly #head: WebSocketHead;
  readonly #terms: WebSocketTerms;
  readonly #deflate: NegotiatedDeflate | null;
  #socket: WebSocket | null = null;

  constructor(
    settings: HandlerSettings,
    head: WebSocketHead,
    terms: WebSocketTerms,
    deflate: NegotiatedDeflate | null,
  ) {
    super(openedByMethod);
    this.#settings = settings;
    this.#head = head;
    this.#terms = terms;
    this.#deflate = deflate;
  }

  openFrames(host: FramingTunnel): void {
    const { handler, isAsync, options } = this.#settings;
    const socket = new WebSocket(this.#head, this.#terms);
    const transport = host.openFrames(options, this.#deflate, socket);
    socket.attach(transport);
    runHandler(handler, socket, isAsync, transport);
  }

  override async open(stream: TunnelStream): Promise<void> {
    const { options } = this.#settings;
    const opened = openWebSocket(stream, this.#head, this.#terms, options, this.#deflate, false);
    await this.#run(opened.socket);
    await opened.over;
  }

  /** @throws GUDEG_ERR_WEBSOCKET_PACKAGE */
  checkSocket(): void {
    loadWs();
  }

  async openSocket(
    request: IncomingMessage,
    duplex: Duplex,
    fields: Readonly<Record<string, unknown>>,
  ): Promise<void> {
    const { options } = this.#settings;
    const { protocol } = this.#terms;
    const ws = await acceptThroughWs(request, duplex, options, { protocol, fields });
    const threshold = options.deflate?.thresholdBytes ?? Infinity;
    const compressFromBytes = ws.extensions === '' ? Infinity : threshold;
    const socket = new WebSocket(this.#head, { ...this.#terms, compressFromBytes });
    socket.attach(new WsTransport(ws, duplex, options, socket));
    this.#socket = socket;
    await this.#run(socket);
    await socket.closed;
  }

  goAway(): void {
    this.#socket?.close(CloseCode.GOING_AWAY);
  }

  /** Resolves when the handler is done; rejects with what it throws, once the socket has closed. */
  #run(socket: WebSocket): Promise<void> {
    const { handler, isAsync } = this.#settings;
    return new Promise((resolve, reject) => {
      runHandler(handler, socket, isAsync, { done: resolve, report: reject });
    });
  }
}

/** A WebSocket on a tunnel, and when nothing of it is left. */
export function openWebSocket(
  stream: TunnelStream,
  head: WebSocketHead,
  terms: WebSocketTerms,
  options: CompleteWebSocketOptions,
  deflate: NegotiatedDeflate | null,
  isClient: boolean,
): { socket: WebSocket; over: Promise<unknown> } {
  const socket = new WebSocket(head, terms);
  if (isFramingTunnel(stream)) {
    socket.attach(stream.openFrames(options, deflate, socket));
    return { socket, over: socket.closed };
  }
  const engine = loadEngine();
  const codec = new engine.WebSocketCodec(isClient, { ...options, deflate });
  const transport = new StreamTransport(stream, codec, engine.webSocketFaults, options, isClient);
  socket.attach(transport);
  return { socket, over: transport.run(socket) };
}
