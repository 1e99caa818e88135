import { isIPv4, isIPv6 } from 'node:net';
import { ClientError, HttpProtocolError } from '../errors.ts';
import {
  CLIENT_CLOSE_REASONS,
  FieldReader,
  RequestStatus,
  loadEngine,
  readTlsFailure,
  type BlockingHandle,
  type ClientCloseReason,
  type EngineBlocking,
  type EngineClientOptions,
  type EngineFault,
} from '../native/index.ts';
import type { SocketAddress } from '../rgi/index.ts';
import { TlsSession } from '../tls/index.ts';
import { describeAddress } from './client-channel.ts';
import { closeError } from './close-error.ts';
import type { HeadMemory } from './client-response.ts';

let opened:
  (HeadMemory & { readonly engine: EngineBlocking; readonly control: Int32Array }) | null = null;

/** The engine's side of all blocking connections of this thread. @throws GUDEG_ERR_NATIVE_UNAVAILABLE */
function openEngine(): NonNullable<typeof opened> {
  if (opened === null) {
    const engine = loadEngine().openBlocking();
    opened = {
      engine,
      control: new Int32Array(engine.control),
      events: new Int32Array(engine.events),
      arena: Buffer.from(engine.arena),
      fields: new FieldReader(engine.arena, engine.fieldNames),
    };
  }
  return opened;
}

/** One blocking connection as the engine knows it. */
export class SyncChannel {
  readonly memory: HeadMemory;
  readonly control: Int32Array;
  readonly peer: string;
  readonly #engine: EngineBlocking;
  readonly #handle: BlockingHandle;
  #ended: ClientError | null = null;

  /** Connects. @throws GUDEG_ERR_CLIENT_CONNECT, GUDEG_ERR_CLIENT_CONNECT_TIMEOUT */
  constructor(address: SocketAddress, options: EngineClientOptions) {
    const { engine, control, ...memory } = openEngine();
    this.#engine = engine;
    this.control = control;
    this.memory = memory;
    this.peer = describeAddress(address);
    const handle = connect(engine, address, options);
    if (typeof handle === 'number') {
      const cause = {
        reason: connectReasons[handle] ?? 'connect-failed',
        detail: handle === -EPROTO ? 0 : -handle,
        responseBegan: false,
        tls: readTlsFailure(memory.events, 0),
      } as const;
      throw closeError(cause, false, engine.faults, this.peer);
    }
    this.#handle = handle;
  }

  get isOpen(): boolean {
    return this.#engine.isOpen(this.#handle);
  }

  /** @throws HttpProtocolError for what cannot be sent, GUDEG_ERR_CLIENT_CLOSED */
  send(head: string, fieldCount: number, body: Uint8Array | null): void {
    const status = this.#engine.send(this.#handle, head, fieldCount, body);
    if (status > 0) {
      throw HttpProtocolError.fromFault((this.#engine.faults[status] as EngineFault).name);
    }
    if (status !== RequestStatus.SENT) throw this.closeError();
  }

  writeChunk(key: string, value: string, data: Uint8Array): boolean {
    return this.#engine.writeChunk(this.#handle, key, value, data);
  }

  /** Waits for a response, whose record is in memory then. */
  receive(): void {
    if (!this.#engine.receive(this.#handle)) throw this.#end();
  }

  /** Waits for bytes of the body. */
  readBody(target: Uint8Array, start: number, size: number): number {
    return this.#engine.readBody(this.#handle, target, start, size);
  }

  /** The error for a body that has failed, or for a connection that is closed. */
  bodyError(): ClientError {
    return this.#end();
  }

  closeError(): ClientError {
    const cause = { reason: 'aborted', detail: 0, responseBegan: false } as const;
    return this.#ended ?? closeError(cause, false, this.#engine.faults, this.peer);
  }

  get tls(): TlsSession | null {
    const info = this.isOpen ? this.#engine.tlsInfo(this.#handle) : null;
    return info === null ? null : new TlsSession(info);
  }

  close(): void {
    this.#engine.close(this.#handle);
  }

  #end(): ClientError {
    const { events } = this.memory;
    const cause = {
      reason: CLIENT_CLOSE_REASONS[events[2] as number] ?? 'done',
      detail: events[3] as number,
      responseBegan: events[4] !== 0,
      tls: readTlsFailure(events, 0),
    };
    this.#ended = closeError({ ...cause, reason: 'done' }, false, this.#engine.faults, this.peer);
    return closeError(cause, true, this.#engine.faults, this.peer);
  }
}

/** Of Linux, as the engine gives them. */
const ETIMEDOUT = 110;
const EPROTO = 71;
const connectReasons: Readonly<Record<number, ClientCloseReason>> = {
  [-ETIMEDOUT]: 'connect-timeout',
  [-EPROTO]: 'tls-fault',
};

function connect(
  engine: EngineBlocking,
  address: SocketAddress,
  options: EngineClientOptions,
): BlockingHandle | number {
  if (typeof address === 'string' || address instanceof Uint8Array) {
    return engine.connect('unix', Buffer.from(address as string), 0, 0, 0, options);
  }
  const [host, port, flowinfo = 0, scopeId = 0] = address;
  const kind = isIPv4(host) ? 'ipv4' : isIPv6(host) ? 'ipv6' : 'name';
  return engine.connect(kind, host.replace(/%.*$/, ''), port, flowinfo, scopeId, options);
}
