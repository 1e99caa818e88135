import { spawn } from '../hub/index.ts';
import { Tunnel, isFramingTunnel, type TunnelStream } from '../http/index.ts';
import { loadEngine } from '../native/index.ts';
import { CloseCode } from './close-code.ts';
import type { NegotiatedDeflate } from './deflate-negotiation.ts';
import { StreamTransport } from './stream-transport.ts';
import { WebSocket, type WebSocketFacts } from './websocket.ts';
import type { CompleteWebSocketOptions } from './websocket-options.ts';

/**
 * Has one WebSocket until it returns; then the socket is closed. A plain function runs in a green
 * thread and may block; an async function needs no addon for that.
 */
export type WebSocketHandler = (ws: WebSocket) => unknown;

/** The bytes behind the 101 of a WebSocket's handshake: runs the handler on them. */
export class WebSocketTunnel extends Tunnel {
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
