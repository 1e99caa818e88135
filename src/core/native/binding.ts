import type { EngineBlocking, EngineClients } from './client-binding.ts';
import type { EngineTls, EngineTlsConnections, TlsContextHandle } from './tls-binding.ts';

/** A fault of the engine: its name in C++, the status that answers it, and its text. */
export interface EngineFault {
  readonly name: string;
  readonly status: number;
  readonly text: string;
}

/** Memory that C++ and JavaScript share (records.ts says what lies where), and the engine's tables. */
export interface EngineMemory {
  readonly arena: ArrayBuffer;
  readonly events: ArrayBuffer;
  readonly answers: ArrayBuffer;
  readonly answerBytes: ArrayBuffer;
  readonly control: ArrayBuffer;
  /** Request methods by number; '' at 0, for a method that has none. */
  readonly methods: readonly string[];
  /** Lower-case field names by number; '' at 0. */
  readonly fieldNames: readonly string[];
  readonly faults: readonly EngineFault[];
}

/** An address as the addon gives it. */
export type EngineAddress =
  | [host: string, port: number]
  | [host: string, port: number, flowinfo: number, scopeId: number]
  | string
  | Buffer
  | null;

/** Options of `createServer`; all limits are checked before. */
export interface EngineServerOptions {
  readonly isDegu: boolean;
  readonly hasOnConnect: boolean;
  readonly errorResponses: boolean;
  readonly dateHeader: boolean;
  /** A head that is no use ends in a raw connection and a refused event. Default false. */
  readonly handsOverFaults?: boolean;
  /** A peer-ended event is sent. Default false. */
  readonly tellsPeerEnd?: boolean;
  /** 100 is sent when a body is read whose client expects it. Default true. */
  readonly sendsContinue?: boolean;
  /** After `closeServer()` busy connections end behind their answer. Default true. */
  readonly endsBusyConnections?: boolean;
  /** HTTP/1.1 without a host field is a fault. Default true. */
  readonly requiresHost?: boolean;
  /** A host field of another form than host or host:port is a fault. Default true. */
  readonly checksHost?: boolean;
  /** An expectation other than 100-continue is a fault. Default true. */
  readonly refusesExpectation?: boolean;
  /** ProxyVersions of native/engine/proxy_header.h. Default 0: none. */
  readonly proxyVersions?: number;
  /** From whom a PROXY header is taken: addresses and networks. Default: unix peers alone. */
  readonly proxies?: readonly string[];
  readonly [limit: string]: number | boolean | readonly string[] | undefined;
}

/** A fault of a WebSocket peer: its name in C++, the close code that answers it, and its text. */
export interface WebSocketFaultInfo {
  readonly name: string;
  readonly closeCode: number;
  readonly text: string;
}

/** permessage-deflate as negotiated, from this side's view. */
export interface WebSocketDeflate {
  readonly keepsSendContext: boolean;
  readonly keepsReceiveContext: boolean;
  readonly sendWindowBits: number;
  readonly receiveWindowBits: number;
}

/** What a codec is made with. */
export interface WebSocketSettings {
  readonly maxMessageBytes: number;
  readonly maxFrames: number;
  readonly deflate:
    (WebSocketDeflate & { readonly level: number; readonly memoryLevel: number }) | null;
  /** Whether text and reasons come as bytes. Default false. */
  readonly textAsBytes?: boolean;
}

/** What the sockets of one gateway have in common. */
export interface WebSocketConfig {
  readonly maxMessageBytes: number;
  readonly maxFrames: number;
  readonly maxBufferedBytes: number;
  readonly pingIntervalMs: number;
  readonly idleTimeoutMs: number;
  readonly closeTimeoutMs: number;
  readonly answersPings: boolean;
  /** Whether the server closes its sockets with 1001 when it closes. */
  readonly closesWithServer: boolean;
  /** How hard to compress, where that is negotiated. */
  readonly deflate: { readonly level: number; readonly memoryLevel: number } | null;
}

/** The frames of one WebSocket, for whoever has the bytes: nothing is sent or received here. */
export interface WebSocketCodec {
  /** Kinds (CodecEvent) and values by turns. The bytes are used up: their memory is written to. */
  receive(bytes: Uint8Array): (number | string | Buffer)[];
  frame(opcode: number, data: string | Uint8Array, isCompressed: boolean): Buffer;
  close(code: number, reason: string): Buffer;
}

/** An address, and how to listen on it. */
export type ListenArguments = [
  kind: 'ipv4' | 'ipv6' | 'unix' | 'fd' | 'fd-copy',
  host: string | Uint8Array,
  port: number,
  flowinfo: number,
  scopeId: number,
  fd: number,
  backlog: number,
  reusePort: boolean,
  ipv6Only: boolean,
];

/** Exactly what native/binding exports. Numbers are not checked there beyond memory safety. */
export interface Engine extends EngineTls, EngineTlsConnections {
  /** `resource` is the async resource that `dispatch` is called with. */
  open(dispatch: (count: number) => void, resource: object): EngineMemory;
  /** The same for clients; what it gives may be had once per thread. */
  openClients(dispatch: (count: number) => void, resource: object): EngineClients;
  /** For connections that block; what it gives may be had once per thread. */
  openBlocking(): EngineBlocking;

  createServer(options: EngineServerOptions): number;
  /** Changes the options that are given, but no limits of messages. */
  setServerOptions(server: number, options: Partial<EngineServerOptions>): void;
  /** For connections from now on. */
  setServerTls(server: number, context: TlsContextHandle): void;
  /** 0, or a negative errno. */
  listen(server: number, ...where: ListenArguments): number;
  /** A listening descriptor, or a negative errno. */
  openListener(...where: ListenArguments): number;
  /** The address that a socket is bound to. */
  descriptorAddress(fd: number): EngineAddress;
  /** The two ends of a channel for connections, or a negative errno. */
  openHandOnChannel(): [receiveFd: number, sendFd: number] | number;
  /** 0, or a negative errno. */
  receiveFrom(server: number, fd: number): number;
  serverAddress(server: number): EngineAddress;
  closeServer(server: number, waitForIdle: boolean): void;
  /** Closes too, giving idle connections to the channel; called again, it tries again. */
  handOn(server: number, sendFd: number): void;
  serverCounts(
    server: number,
  ):
    | [
        accepted: number,
        running: number,
        s1xx: number,
        s2xx: number,
        s3xx: number,
        s4xx: number,
        s5xx: number,
      ]
    | null;
  /** From now on the server counts statuses and durations. */
  startMeter(server: number): boolean;
  /** Microseconds in all, a count for each bucket, then status and count in turn; null unless started. */
  readMeter(server: number): number[] | null;
  /** The longest time of each bucket of a meter but the last, in microseconds. */
  meterBounds(): number[];
  closeIdleConnections(server: number): void;
  /** @param rawOnesToo also those that were taken over */
  closeAllConnections(server: number, rawOnesToo: boolean): void;
  refServer(server: number, keepLoopAlive: boolean): void;
  connectionCount(server: number): number;

  takeAnswers(): void;
  peerAddress(slot: number): EngineAddress;
  localAddress(slot: number): EngineAddress;
  /** Null on plain connections, and on those that are gone. */
  peerCredentials(slot: number): [pid: number, uid: number, gid: number] | null;
  stayHere(slot: number): void;
  admit(slot: number, admitted: boolean): void;
  giveUp(slot: number): void;
  loadHead(slot: number): boolean;
  readBody(slot: number, target: Uint8Array, start: number, size: number): number;
  write(slot: number, bytes: Uint8Array): number;
  /** How many bytes from `start` on leave soon; the others are offered again when it is writable. −1: gone. */
  offer(slot: number, bytes: Uint8Array, start: number): number;
  writeChunk(slot: number, key: string, value: string, bytes: Uint8Array): number;
  end(slot: number, key: string, value: string, trailers: string): number;
  sendFile(slot: number, fd: number, offset: number, length: number): number;

  /** Whether the running Node has a zlib that messages can be compressed with. */
  readonly canDeflate: boolean;
  readonly webSocketFaults: readonly WebSocketFaultInfo[];
  readonly WebSocketCodec: new (isClient: boolean, settings: WebSocketSettings) => WebSocketCodec;
  /** Registers what the sockets of one gateway have in common; gives its number. */
  addWebSocketConfig(config: WebSocketConfig): number;
  /** `head`: bytes that were read from the connection, and come first again. */
  openWebSocket(
    slot: number,
    config: number,
    deflate: WebSocketDeflate | null,
    head?: Uint8Array,
  ): boolean;
  sendMessage(slot: number, opcode: number, bytes: Uint8Array, isCompressed: boolean): boolean;
  /** What waits to leave; above the high-water mark a writable event follows. −1: gone. */
  bufferedBytes(slot: number): number;
  closeWebSocket(slot: number, code: number, reason: string): void;
  pauseMessages(slot: number, isPaused: boolean): void;
  watchControlFrames(slot: number): void;
  /** One message to many sockets, at the end of the loop turn. */
  broadcast(slots: Int32Array, opcode: number, bytes: Uint8Array): void;
  /** A message with MessageFlag.HELD. */
  takeMessage(slot: number, flags: number): string | Buffer | null;

  /**
   * Ends HTTP on a connection whose request runs and isn't answered. What was read behind its head
   * and wasn't taken as its body is the first input of the raw connection.
   */
  takeOver(slot: number, idleTimeoutMs: number): boolean;
  setIdleTimeout(slot: number, idleTimeoutMs: number): void;
  /** Bytes copied; BODY_STATUS is DATA, WAIT (a readable event follows) or END. */
  readRaw(slot: number, target: Uint8Array): number;
  writeRaw(slot: number, bytes: Uint8Array): number;
  /** Shuts our side once everything has left. */
  endRaw(slot: number): number;
  /** Closes in order: output leaves, input is dropped until the peer closes, or 2 s. */
  finish(slot: number): void;
  /** Closes at once; the peer sees an end or, with `resets`, a reset. */
  destroy(slot: number, resets: boolean): void;

  /** Reaps dead children that are not among the known pids; how many. */
  reapOrphans(known: readonly number[]): number;
  /** Keeps the process on one of its cores, counting round: 0, or a negative errno. */
  pinToCore(place: number): number;
  /** Kills this process so long after its parent, which has that id, has died: 0, or a negative errno. */
  watchParent(pid: number, ms: number): number;
  /** Sends to a unix datagram socket, by path or `@abstract` name: 0, or a negative errno. */
  sendDatagram(socket: string, text: string): number;
}
