import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import type { SocketAddress } from '../../src/core/rgi/index.ts';

/** Opcodes (RFC 6455 section 5.2). */
export const TEXT = 1;
export const BINARY = 2;
export const CLOSE = 8;
export const PING = 9;
export const PONG = 10;
const CONTINUATION = 0;

/** A frame as a peer may send it, right or wrong. */
export interface SentFrame {
  readonly opcode: number;
  readonly payload?: string | Uint8Array;
  /** Default true. */
  readonly fin?: boolean;
  /** The reserved bits, 0..7; 4 is RSV1. */
  readonly rsv?: number;
  /** Default: as the role asks for. */
  readonly masked?: boolean;
  /** How the length is written, if not in the shortest form. */
  readonly lengthBytes?: 2 | 8;
}

/** A frame as it came. */
export interface ReceivedFrame {
  readonly opcode: number;
  readonly fin: boolean;
  readonly rsv: number;
  readonly payload: Buffer;
}

/** The payload of a close frame. */
export function closePayload(code: number, reason: string | Uint8Array = ''): Buffer {
  return Buffer.concat([Buffer.from([code >> 8, code & 255]), Buffer.from(reason)]);
}

/** A message cut into frames of so many bytes. */
export function fragments(opcode: number, message: string | Uint8Array, size: number): SentFrame[] {
  const bytes = Buffer.from(message);
  const frames: SentFrame[] = [];
  for (let at = 0; at < bytes.length || at === 0; at += size) {
    frames.push({
      opcode: at === 0 ? opcode : CONTINUATION,
      payload: bytes.subarray(at, at + size),
      fin: at + size >= bytes.length,
    });
  }
  return frames;
}

/** The other end of a WebSocket, on a raw socket: sends what it is told and shows what comes. */
export class FramePeer implements AsyncDisposable {
  readonly socket: Socket;
  readonly isClient: boolean;
  /** The head of the handshake that came. */
  readonly head: string;
  #input: Buffer;
  #pieces: Buffer[] = [];
  /** Before so much is there, nothing is tried. */
  #needed = 0;
  #hasEnded = false;
  #wake: (() => void) | null = null;

  private constructor(socket: Socket, isClient: boolean, head: string, rest: Buffer) {
    this.socket = socket;
    this.isClient = isClient;
    this.head = head;
    this.#input = rest;
    socket.on('data', (data: Buffer) => {
      this.#pieces.push(data);
      this.#wake?.();
    });
    for (const event of ['end', 'close', 'error']) {
      socket.on(event, () => {
        this.#hasEnded = true;
        this.#wake?.();
      });
    }
  }

  /** A client of a server of ours. `more`: further lines of the handshake. */
  static async toServer(address: SocketAddress | null, more = '', path = '/'): Promise<FramePeer> {
    const [host, port] = address as readonly [string, number];
    const socket = connect({ host, port, noDelay: true });
    await once(socket, 'connect');
    socket.write(
      `GET ${path} HTTP/1.1\r\nHost: ${host}\r\nConnection: keep-alive, Upgrade\r\n` +
        'Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n' +
        `Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n${more}\r\n`,
    );
    const { head, rest } = await readHead(socket);
    if (!head.startsWith('HTTP/1.1 101 ')) throw new Error(`no WebSocket: ${head}`);
    return new FramePeer(socket, true, head, rest);
  }

  /** A server that a client of ours connects to: gives the peer when it has. */
  static async asServer(more = ''): Promise<{ port: number; peer: Promise<FramePeer> }> {
    const listener = createServer({ noDelay: true }).listen(0, '127.0.0.1');
    await once(listener, 'listening');
    const accepting = async (): Promise<FramePeer> => {
      const [socket] = (await once(listener, 'connection')) as [Socket];
      listener.close();
      const { head, rest } = await readHead(socket);
      const key = /sec-websocket-key: *(.*)\r\n/i.exec(head)?.[1] ?? '';
      const accept = createHash('sha1')
        .update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`)
        .digest('base64');
      socket.write(
        'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n' +
          `Sec-WebSocket-Accept: ${accept}\r\n${more}\r\n`,
      );
      return new FramePeer(socket, false, head, rest);
    };
    return { port: (listener.address() as AddressInfo).port, peer: accepting() };
  }

  /** Bytes of frames, masked where the role asks for it. */
  encode(...frames: readonly SentFrame[]): Buffer {
    return Buffer.concat(frames.map((frame) => encodeFrame(frame, this.isClient)));
  }

  send(...frames: readonly SentFrame[]): this {
    this.socket.write(this.encode(...frames));
    return this;
  }

  /** Sends in pieces of so many bytes, each in a segment of its own as far as that can be told. */
  async sendCut(size: number, ...frames: readonly SentFrame[]): Promise<void> {
    const bytes = this.encode(...frames);
    for (let at = 0; at < bytes.length; at += size) {
      await new Promise((sent) => {
        if (this.socket.write(bytes.subarray(at, at + size), sent)) return;
        this.socket.once('close', sent);
      });
    }
  }

  /** The next frame; null at the end. */
  async receive(): Promise<ReceivedFrame | null> {
    for (;;) {
      const size = this.#pieces.reduce((sum, piece) => sum + piece.length, this.#input.length);
      if (size >= this.#needed || this.#hasEnded) {
        this.#input = Buffer.concat([this.#input, ...this.#pieces]);
        this.#pieces = [];
        const frame = this.#take();
        if (frame !== null) return frame;
      }
      if (this.#hasEnded) return null;
      await this.#more();
    }
  }

  /** Lines that tell what came, until the end: `text abc`, `pong x`, `close 1000 bye`. */
  async transcript(): Promise<string[]> {
    const lines: string[] = [];
    let message = Buffer.alloc(0);
    let opcode = 0;
    for (;;) {
      const frame = await this.receive();
      if (frame === null) return lines;
      if (frame.opcode >= CLOSE) {
        lines.push(describeControl(frame));
        // The server closes the connection.
        if (frame.opcode === CLOSE && !this.isClient) this.socket.end();
        continue;
      }
      if (frame.opcode !== CONTINUATION) opcode = frame.opcode;
      message = Buffer.concat([message, frame.payload]);
      if (!frame.fin) continue;
      lines.push(
        opcode === TEXT ? `text ${message.toString()}` : `binary ${message.toString('hex')}`,
      );
      message = Buffer.alloc(0);
    }
  }

  #take(): ReceivedFrame | null {
    const input = this.#input;
    if (input.length < 2) return null;
    const first = input[0] as number;
    const second = input[1] as number;
    let length = second & 127;
    let at = 2;
    if (length === 126) {
      if (input.length < 4) return null;
      length = input.readUInt16BE(2);
      at = 4;
    } else if (length === 127) {
      if (input.length < 10) return null;
      length = Number(input.readBigUInt64BE(2));
      at = 10;
    }
    const isMasked = second >= 128;
    if (isMasked === this.isClient) throw new Error('a frame is masked the wrong way');
    const keyAt = at;
    if (isMasked) at += 4;
    this.#needed = at + length;
    if (input.length < this.#needed) return null;
    this.#needed = 0;
    const payload = Buffer.from(input.subarray(at, at + length));
    if (isMasked) applyMask(payload, input.subarray(keyAt, at));
    this.#input = input.subarray(at + length);
    return { opcode: first & 15, fin: first >= 128, rsv: (first >> 4) & 7, payload };
  }

  async #more(): Promise<void> {
    await new Promise<void>((resolve) => (this.#wake = resolve));
    this.#wake = null;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.socket.closed) return;
    this.socket.destroy();
    await once(this.socket, 'close');
  }
}

function describeControl({ opcode, payload }: ReceivedFrame): string {
  if (opcode === PING) return `ping ${payload.toString()}`;
  if (opcode === PONG) return `pong ${payload.toString()}`;
  if (payload.length < 2) return 'close';
  return `close ${payload.readUInt16BE(0)}`;
}

function applyMask(bytes: Buffer, key: Buffer): void {
  for (let i = 0; i < bytes.length; i++) bytes[i] = (bytes[i] ?? 0) ^ (key[i % 4] ?? 0);
}

function encodeFrame(frame: SentFrame, isClient: boolean): Buffer {
  const { opcode, payload = '', fin = true, rsv = 0, masked = isClient, lengthBytes } = frame;
  const bytes = Buffer.from(payload);
  const size = bytes.length;
  const wide = lengthBytes ?? (size < 126 ? 0 : size < 65_536 ? 2 : 8);
  const head = Buffer.alloc(2 + wide + (masked ? 4 : 0));
  head[0] = (fin ? 128 : 0) | (rsv << 4) | opcode;
  head[1] = (masked ? 128 : 0) | (wide === 0 ? size : wide === 2 ? 126 : 127);
  if (wide === 2) head.writeUInt16BE(size, 2);
  if (wide === 8) head.writeBigUInt64BE(BigInt(size), 2);
  if (masked) {
    const key = [0x37, 0xfa, 0x21, 0x3d];
    head.set(key, 2 + wide);
    applyMask(bytes, Buffer.from(key));
  }
  return Buffer.concat([head, bytes]);
}

async function readHead(socket: Socket): Promise<{ head: string; rest: Buffer }> {
  let bytes = Buffer.alloc(0);
  for (;;) {
    const end = bytes.indexOf('\r\n\r\n');
    if (end >= 0) {
      return { head: bytes.subarray(0, end + 4).toString('latin1'), rest: bytes.subarray(end + 4) };
    }
    const [data] = (await once(socket, 'data')) as [Buffer];
    bytes = Buffer.concat([bytes, data]);
  }
}
