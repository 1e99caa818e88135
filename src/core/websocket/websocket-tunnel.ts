import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { spawn } from '../hub/index.ts';
import { Tunnel, isFramingTunnel, type SocketTunnel, type TunnelStream } from '../http/index.ts';
import { loadEngine } from '../native/index.ts';
import { CloseCode } from './close-code.ts';
import type { NegotiatedDeflate } from './deflate-negotiation.ts';
import { StreamTransport } from './stream-transport.ts';
import { WebSocket } from './websocket.ts';
import type { WebSocketFacts } from './websocket-facts.ts';
import type { CompleteWebSocketOptions } from './websocket-options.ts';
import { acceptThroughWs, loadWs } from './ws-package.ts';
import { WsTransport } from './ws-transport.ts';

/**
 * Has one WebSocket until it returns; then the socket is closed. A plain function runs in a green
 * thread and may block; an async function needs no addon for that.
 */
export type WebSocketHandler = (ws: WebSocket) => unknown;

/** The bytes behind the 101 of a WebSocket's handshake: runs the handler on them. */
export class WebSocketTunnel extends Tunnel implements SocketTunnel {
  readonly #handler: WebSocketHandler;
  readonly #facts: WebSocketFacts;
  readonly #options: CompleteWebSocketOptions;
  readonly #isAsync: boolean;
  #socket: WebSocket | null = null;

  constructor(
    handler: WebSocketHandler,
    facts: WebSocketFacts,
    options: CompleteWebSocketOptions,
    deflate: NegotiatedDeflate | null,
    isAsync: boolean,
  ) {
    super(async (stream) => {
      const opened = openWebSocket(stream, facts, options, deflate, false);
      await runHandler(handler, opened.socket, isAsync);
      await opened.over;
    });
    this.#handler = handler;
    this.#facts = facts;
    this.#options = options;
    this.#isAsync = isAsync;
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
    const options = this.#options;
    const { protocol } = this.#facts;
    const ws = await acceptThroughWs(request, duplex, options, { protocol, fields });
    const threshold = options.deflate?.thresholdBytes ?? Infinity;
    const compressFromBytes = ws.extensions === '' ? Infinity : threshold;
    const socket = new WebSocket({ ...this.#facts, compressFromBytes });
    socket.attach(new WsTransport(ws, duplex, options, socket));
    this.#socket = socket;
    await runHandler(this.#handler, socket, this.#isAsync);
    await socket.closed;
  }

  goAway(): void {
    this.#socket?.close(CloseCode.GOING_AWAY);
  }
}

/** A WebSocket on a tunnel, and when nothing of it is left. */
export function openWebSocket(
  stream: TunnelStream,
  facts: WebSocketFacts,
  options: CompleteWebSocketOptions,
  deflate: NegotiatedDeflate | null,
  isClient: boolean,
): { socket: WebSocket; over: Promise<unknown> } {
  const socket = new WebSocket(facts);
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

/** Closes the socket when the handler is done, or has failed. */
async function runHandler(
  handler: WebSocketHandler,
  socket: WebSocket,
  isAsync: boolean,
): Promise<void> {
  try {
    await (isAsync ? handler(socket) : spawn(handler, socket));
    socket.close();
  } catch (error) {
    socket.close(CloseCode.INTERNAL_ERROR, 'the handler failed');
    // The peer went away while the handler spoke to it: nobody's fault.
    if ((error as { code?: unknown } | null)?.code === 'GUDEG_ERR_WEBSOCKET_CLOSED') return;
    await socket.closed;
    throw error;
  }
}
