import { Tunnel, type TunnelStream } from './tunnel.ts';

/** Opcodes of what is sent over a WebSocket (RFC 6455 section 5.2). */
export const Opcode = { TEXT: 1, BINARY: 2, PING: 9, PONG: 10 } as const;

/** A message: text as a string, anything else as bytes. */
export type Message = string | Buffer;

/** Sends one message to many transports of one host. */
export interface Broadcaster {
  /** @param ids of the transports; those that are closed are passed over */
  broadcast(ids: Int32Array, opcode: number, data: Uint8Array): void;
}

/** What carries the frames of one WebSocket: a connection of the engine, or a stream. */
export interface FrameTransport {
  /**
   * Sends a message, or a ping or pong.
   * @returns false when the connection is closing or gone
   */
  send(opcode: number, data: string | Uint8Array, isCompressed: boolean): boolean;
  /** How many bytes wait to leave; above the high-water mark `onDrain` follows. */
  bufferedBytes(): number;
  /** Whether `bufferedBytes()` is more than that: it is counted only where it may be. */
  isAbove(bytes: number): boolean;
  /** Above so many bytes senders wait. */
  readonly highWaterBytes: number;
  /** Above so many bytes a peer gets no more messages that can't wait, and is closed. */
  readonly maxBufferedBytes: number;
  /** Sends a close frame, once; `onClose` follows when the peer has answered, or did not in time. */
  close(code: number, reason: string): void;
  /** Cuts the connection. */
  terminate(): void;
  /** Stops and resumes receiving. */
  pause(isPaused: boolean): void;
  /**
   * Set: a binary message may be a view of memory that is used again when `onMessage` returns. Those
   * that have memory for each message pass it over.
   */
  lends?: boolean;
  /** Has pings and pongs told, which are answered without. */
  watchControl(): void;
  /** Who sends to many at once; null where nobody can. */
  readonly broadcaster: Broadcaster | null;
  /** Names this transport to its broadcaster, until `onClose`. */
  readonly id: number;
}

/** What a transport tells. */
export interface FrameReceiver {
  onMessage(message: Message): void;
  /**
   * The peer's close frame or its fault, after which no message comes, or the loss of the connection.
   * @param reply where a close frame is due: its reason. `close()` sends it, after what there is to say.
   */
  onClose(code: number, reason: string, reply: string | null): void;
  onDrain(): void;
  onPing(data: Buffer): void;
  onPong(data: Buffer): void;
}

/** What all sockets of one gateway have in common; one object for all of them. */
export interface FrameSettings {
  readonly maxMessageBytes: number;
  readonly maxFrames: number;
  readonly maxBufferedBytes: number;
  readonly pingIntervalMs: number;
  readonly idleTimeoutMs: number;
  readonly closeTimeoutMs: number;
  /** Default true. */
  readonly answersPings?: boolean;
  /** Whether the socket closes with 1001 when its server closes. Default true. */
  readonly closesWithServer?: boolean;
  readonly deflate: { readonly level: number; readonly memoryLevel: number } | null;
}

/** permessage-deflate as it was negotiated, from this side's view (RFC 7692 section 7.1). */
export interface FrameDeflate {
  readonly keepsSendContext: boolean;
  readonly keepsReceiveContext: boolean;
  readonly sendWindowBits: number;
  readonly receiveWindowBits: number;
}

/** A tunnel that makes and reads the frames of a WebSocket itself. */
export interface FramingTunnel extends TunnelStream {
  /** Turns the tunnel into a WebSocket; its bytes are out of reach from there on. */
  openFrames(
    settings: FrameSettings,
    deflate: FrameDeflate | null,
    receiver: FrameReceiver,
  ): HostedTransport;
}

/** A transport that belongs to a connection of a server. */
export interface HostedTransport extends FrameTransport {
  /** Tells the server of an error of the application. @param uri the target of the request it began with */
  report(error: unknown, uri: string): void;
}

/**
 * A tunnel that is a WebSocket. Where the host makes the frames, nothing waits for its end, and neither
 * the request nor the tunnel is kept.
 */
export interface FrameTunnel extends Tunnel {
  /** In place of `open()`. */
  openFrames(host: FramingTunnel): void;
}

/** Whether a body is a WebSocket. */
export function isFrameTunnel(body: Tunnel): body is FrameTunnel {
  return typeof (body as Partial<FrameTunnel>).openFrames === 'function';
}

/** Whether a tunnel can make the frames itself. */
export function isFramingTunnel(stream: TunnelStream): stream is FramingTunnel {
  return typeof (stream as Partial<FramingTunnel>).openFrames === 'function';
}
