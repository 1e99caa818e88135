import {
  ClientEventKind,
  EVENT_INTS,
  FieldReader,
  loadEngine,
  readTlsFailure,
  type EngineClientOptions,
  type EngineClients,
  type TlsFailure,
} from '../native/index.ts';
import type { EngineTarget } from './client-address.ts';

/** Who is told what happens on a connection. `record` is where an event record begins. */
export interface ConnectionEvents {
  onConnected(): void;
  onResponse(record: number): void;
  onInterim(record: number): void;
  onReadable(): void;
  onWritable(): void;
  /** The slot is void from now on. */
  onClosed(reason: number, detail: number, responseBegan: boolean, tls: TlsFailure): void;
}

/**
 * The meeting point with the engine for clients, one per thread. Once per loop turn the engine calls
 * `#dispatch` with everything that happened; a connection is found by its slot, the engine's number,
 * which is given again only after its closed event.
 */
export class ClientExchange {
  static #ofThisThread: ClientExchange | undefined;

  /** @throws GUDEG_ERR_NATIVE_UNAVAILABLE */
  static get(): ClientExchange {
    return (ClientExchange.#ofThisThread ??= new ClientExchange());
  }

  readonly engine: EngineClients;
  readonly control: Int32Array;
  readonly events: Int32Array;
  /** The arena as bytes; what lies in it is good until `dispatch` returns. */
  readonly arena: Buffer;
  /** The same as integers. */
  readonly arenaInts: Int32Array;
  readonly fields: FieldReader;
  readonly #connections: (ConnectionEvents | undefined)[] = [];

  private constructor() {
    this.engine = loadEngine().openClients((count) => {
      this.#dispatch(count);
    }, {});
    this.control = new Int32Array(this.engine.control);
    this.events = new Int32Array(this.engine.events);
    this.arena = Buffer.from(this.engine.arena);
    this.arenaInts = new Int32Array(this.engine.arena);
    this.fields = new FieldReader(this.engine.arena, this.engine.fieldNames);
  }

  /** The new connection's slot, or a negative errno. */
  connect(target: EngineTarget, options: EngineClientOptions, events: ConnectionEvents): number {
    const { kind, host, port, flowinfo, scopeId } = target;
    const slot = this.engine.connect(kind, host, port, flowinfo, scopeId, options);
    if (slot >= 0) this.#connections[slot] = events;
    return slot;
  }

  #dispatch(count: number): void {
    for (let i = 0; i < count; i++) {
      try {
        this.#dispatchOne(i * EVENT_INTS);
      } catch (error) {
        // A callback of an application threw: an uncaught exception, which other connections don't notice.
        process.nextTick(() => {
          throw error;
        });
      }
    }
  }

  #dispatchOne(record: number): void {
    const { events } = this;
    const slot = events[record + 1] as number;
    const connection = this.#connections[slot];
    switch ((events[record] as number) & 0xff) {
      case ClientEventKind.RESPONSE:
        connection?.onResponse(record);
        break;
      case ClientEventKind.READABLE:
        connection?.onReadable();
        break;
      case ClientEventKind.WRITABLE:
        connection?.onWritable();
        break;
      case ClientEventKind.INTERIM:
        connection?.onInterim(record);
        break;
      case ClientEventKind.CONNECTED:
        connection?.onConnected();
        break;
      case ClientEventKind.CLOSED:
        this.#connections[slot] = undefined;
        connection?.onClosed(
          events[record + 2] as number,
          events[record + 3] as number,
          events[record + 4] !== 0,
          readTlsFailure(events, record),
        );
        break;
    }
  }
}
