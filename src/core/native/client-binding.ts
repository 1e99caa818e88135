import type { EngineAddress, EngineFault } from './binding.ts';
import type { EngineTlsInfo, TlsContextHandle } from './tls-binding.ts';

/** What `connect` takes of a client's options; all are checked before. */
export interface EngineClientOptions {
  readonly isDegu: boolean;
  /** Absent: plain. */
  readonly tls?: TlsContextHandle;
  /** What the server is asked for, and what its certificate has to be for; '' for none. */
  readonly serverName?: string;
  readonly checkedName?: string;
  readonly [limit: string]: number | boolean | string | TlsContextHandle | undefined;
}

/** What `openClients` gives: memory that both sides share (client-records.ts), tables, functions. */
export interface EngineClients {
  readonly arena: ArrayBuffer;
  readonly events: ArrayBuffer;
  readonly control: ArrayBuffer;
  /** Lower-case field names by number; '' at 0. */
  readonly fieldNames: readonly string[];
  readonly faults: readonly EngineFault[];

  /** A slot, or a negative errno. */
  connect(
    kind: 'ipv4' | 'ipv6' | 'unix',
    host: string | Uint8Array,
    port: number,
    flowinfo: number,
    scopeId: number,
    options: EngineClientOptions,
  ): number;
  /** RequestStatus, or the number of a fault. */
  request(slot: number, head: string, fieldCount: number, body: Uint8Array | null): number;
  readBody(slot: number, target: Uint8Array, start: number, size: number): number;
  /** How many bytes from `start` on leave soon; the others are offered again when it is writable. −1: gone. */
  offer(slot: number, bytes: Uint8Array, start: number): number;
  writeChunk(slot: number, key: string, value: string, bytes: Uint8Array): number;
  end(slot: number, key: string, value: string, trailers: string): number;
  close(slot: number): void;
  isOpen(slot: number): boolean;
  peerAddress(slot: number): EngineAddress;
  localAddress(slot: number): EngineAddress;
  /** Null on plain connections, and on those that are gone. */
  tlsInfo(slot: number): EngineTlsInfo | null;
}

/** A blocking connection, as the addon knows it. */
export interface BlockingHandle {
  readonly brand: 'BlockingConnection';
}

/** What `openBlocking` gives: as EngineClients, for connections that block their thread. */
export interface EngineBlocking {
  readonly arena: ArrayBuffer;
  /** One event record: the response, or why there is none. */
  readonly events: ArrayBuffer;
  readonly control: ArrayBuffer;
  readonly fieldNames: readonly string[];
  readonly faults: readonly EngineFault[];

  /** A connection, or a negative libuv error; −EPROTO: the record has a TlsFailure. A `name` is looked up. */
  connect(
    kind: 'ipv4' | 'ipv6' | 'unix' | 'name',
    host: string | Uint8Array,
    port: number,
    flowinfo: number,
    scopeId: number,
    options: EngineClientOptions,
  ): BlockingHandle | number;
  /** RequestStatus, or the number of a fault. */
  send(
    connection: BlockingHandle,
    head: string,
    fieldCount: number,
    body: Uint8Array | null,
  ): number;
  /** False when the extension is malformed. */
  writeChunk(connection: BlockingHandle, key: string, value: string, bytes: Uint8Array): boolean;
  /** Whether the record is a response; otherwise it says how the connection ended. */
  receive(connection: BlockingHandle): boolean;
  readBody(connection: BlockingHandle, target: Uint8Array, start: number, size: number): number;
  close(connection: BlockingHandle): void;
  isOpen(connection: BlockingHandle): boolean;
  tlsInfo(connection: BlockingHandle): EngineTlsInfo | null;
}
