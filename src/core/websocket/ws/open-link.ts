import type { Duplex } from 'node:stream';
import type { FrameSettings } from '../../http/index.ts';
import { loadEngine } from '../../native/index.ts';
import type { NegotiatedDeflate } from '../deflate-negotiation.ts';
import { EngineLink, isFramingSocket } from './engine-link.ts';
import type { FrameLink, LinkListener } from './frame-link.ts';
import type { SocketOptions } from './options.ts';
import { StreamLink } from './stream-link.ts';

/** No longer string can be made of a message. */
const MAX_MESSAGE_BYTES = 536_870_888;
const MAX_FRAMES = 0x7fff_ffff;

/** What the frames of a socket need to know; one object for all sockets of a server. */
export function frameSettings(
  options: SocketOptions,
  fallback: { readonly maxFragments: number },
  deflate: FrameSettings['deflate'],
): FrameSettings {
  const { maxPayload = 104_857_600, maxFragments = fallback.maxFragments } = options;
  return {
    maxMessageBytes: maxPayload > 0 ? Math.min(maxPayload, MAX_MESSAGE_BYTES) : MAX_MESSAGE_BYTES,
    maxFrames: maxFragments > 0 ? maxFragments : MAX_FRAMES,
    maxBufferedBytes: 0x3fff_ffff,
    pingIntervalMs: 0,
    idleTimeoutMs: 0,
    closeTimeoutMs: options.closeTimeout ?? 30_000,
    answersPings: options.autoPong ?? true,
    closesWithServer: false,
    deflate,
  };
}

/** The frames of a WebSocket on a socket: native where the engine has it, else by its codec. */
export function openLink(
  socket: Duplex,
  head: Buffer,
  settings: FrameSettings,
  deflate: NegotiatedDeflate | null,
  isClient: boolean,
  listener: LinkListener,
): FrameLink {
  if (!isClient && isFramingSocket(socket)) {
    return new EngineLink(socket, head, settings, deflate, listener);
  }
  const { WebSocketCodec, webSocketFaults } = loadEngine();
  const { maxMessageBytes, maxFrames } = settings;
  const codec = new WebSocketCodec(isClient, {
    maxMessageBytes,
    maxFrames,
    deflate: deflate === null ? null : { ...deflate, ...settings.deflate },
    textAsBytes: true,
  });
  const answersPings = settings.answersPings ?? true;
  return new StreamLink(socket, head, codec, webSocketFaults, listener, answersPings);
}
