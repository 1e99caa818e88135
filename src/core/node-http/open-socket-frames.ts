import type { Duplex } from 'node:stream';
import type { FrameDeflate, FrameSettings } from '../http/index.ts';
import type { FramedConnection, MessageSink } from '../server/index.ts';
import type { HttpSession } from './http-session.ts';

/**
 * Has the engine make frames on a connection that is raw.
 * @param head what was read of it, with what the socket still has behind it: comes first again
 * @returns null when the connection is gone
 */
export function openSocketFrames(
  session: HttpSession,
  socket: Duplex,
  settings: FrameSettings,
  deflate: FrameDeflate | null,
  head: Uint8Array,
  sink: MessageSink,
): FramedConnection | null {
  const pieces = [head];
  for (;;) {
    const next = socket.read() as Buffer | null;
    if (next === null) break;
    pieces.push(next);
  }
  const { closeReason, listener, slot } = session;
  const { exchange } = listener;
  if (closeReason !== null) return null;
  const config = exchange.webSocketConfig(settings);
  if (!exchange.engine.openWebSocket(slot, config, deflate, Buffer.concat(pieces))) return null;
  session.sink = sink;
  return { exchange, slot };
}
