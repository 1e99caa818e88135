import { MessageFlag, MessageIndex, type Engine } from '../native/index.ts';

/** Binary messages up to here share memory, as those of `Buffer.allocUnsafe()` do. */
const MAX_SHARED_BYTES = 32_768;
const SLAB_BYTES = 131_072;

/** Reads what event records tell of WebSockets, as long as they are valid. */
export class MessageReader {
  readonly #engine: Engine;
  readonly #arena: Buffer;
  readonly #events: Int32Array;
  #slab: ArrayBuffer = new ArrayBuffer(0);
  #used = 0;

  constructor(engine: Engine, arena: Buffer, events: Int32Array) {
    this.#engine = engine;
    this.#arena = arena;
    this.#events = events;
  }

  /** Whether the message of a record is text. */
  isText(base: number): boolean {
    return ((this.#events[base + MessageIndex.FLAGS] as number) & MessageFlag.TEXT) !== 0;
  }

  /** The message of a record as bytes, also where it is text; null when its connection is gone. */
  readBytes(slot: number, base: number): Buffer | null {
    const flags = this.#events[base + MessageIndex.FLAGS] as number;
    if ((flags & MessageFlag.HELD) === 0) return this.bytes(base);
    return this.#engine.takeMessage(slot, flags & ~MessageFlag.TEXT) as Buffer | null;
  }

  /** The message of a record: text as a string, else bytes; null when its connection is gone. */
  read(slot: number, base: number): string | Buffer | null {
    const events = this.#events;
    const flags = events[base + MessageIndex.FLAGS] as number;
    if ((flags & MessageFlag.HELD) !== 0) return this.#engine.takeMessage(slot, flags);
    if ((flags & MessageFlag.TEXT) === 0) return this.bytes(base);
    const start = events[base + MessageIndex.OFFSET] as number;
    const end = start + (events[base + MessageIndex.LENGTH] as number);
    return (flags & MessageFlag.ASCII) !== 0
      ? this.#arena.toString('latin1', start, end)
      : this.#arena.toString('utf8', start, end);
  }

  /** As `read()`, but bytes in the arena as a view, which is good until the call of the engine ends. */
  lend(slot: number, base: number): string | Buffer | null {
    const flags = this.#events[base + MessageIndex.FLAGS] as number;
    if ((flags & (MessageFlag.HELD | MessageFlag.TEXT)) !== 0) return this.read(slot, base);
    const start = this.#events[base + MessageIndex.OFFSET] as number;
    const length = this.#events[base + MessageIndex.LENGTH] as number;
    return this.#arena.subarray(start, start + length);
  }

  /** The bytes of a record, in memory of their own. */
  bytes(base: number): Buffer {
    const start = this.#events[base + MessageIndex.OFFSET] as number;
    const length = this.#events[base + MessageIndex.LENGTH] as number;
    const bytes = this.#allocate(length);
    this.#arena.copy(bytes, 0, start, start + length);
    return bytes;
  }

  #allocate(length: number): Buffer {
    if (length > MAX_SHARED_BYTES) return Buffer.allocUnsafeSlow(length);
    if (this.#used + length > this.#slab.byteLength) {
      this.#slab = Buffer.allocUnsafeSlow(SLAB_BYTES).buffer;
      this.#used = 0;
    }
    const bytes = Buffer.from(this.#slab, this.#used, length);
    this.#used = (this.#used + length + 7) & ~7;
    return bytes;
  }
}
