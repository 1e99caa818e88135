/** Pieces from here on are kept as they are; smaller ones are copied together. */
const LARGE_BYTES = 16_384;
const FIRST_BLOCK_BYTES = 512;
const MAX_BLOCK_BYTES = 65_536;

/**
 * Collects the pieces of a body. A peer decides how small the pieces are, and an object for each byte
 * would cost a hundred times what was sent: so memory grows with the bytes, not with the pieces.
 */
export class ByteCollector {
  readonly #pieces: Uint8Array[] = [];
  #block: Buffer | null = null;
  #filled = 0;
  #nextBlockBytes = FIRST_BLOCK_BYTES;
  #length = 0;

  /** Bytes collected so far. */
  get length(): number {
    return this.#length;
  }

  add(piece: Uint8Array): void {
    this.#length += piece.length;
    if (piece.length >= LARGE_BYTES) {
      this.#closeBlock();
      this.#pieces.push(piece);
      return;
    }
    let block = (this.#block ??= this.#newBlock());
    let rest = piece;
    while (rest.length > block.length - this.#filled) {
      const room = block.length - this.#filled;
      block.set(rest.subarray(0, room), this.#filled);
      this.#filled = block.length;
      this.#closeBlock();
      rest = rest.subarray(room);
      block = this.#block = this.#newBlock();
    }
    block.set(rest, this.#filled);
    this.#filled += rest.length;
  }

  /** All bytes in one Buffer. Nothing may be added afterwards. */
  take(): Buffer {
    this.#closeBlock();
    const [only] = this.#pieces;
    if (this.#pieces.length !== 1 || only === undefined) {
      return Buffer.concat(this.#pieces, this.#length);
    }
    return Buffer.from(only.buffer, only.byteOffset, only.byteLength);
  }

  #newBlock(): Buffer {
    const block = Buffer.allocUnsafe(this.#nextBlockBytes);
    this.#nextBlockBytes = Math.min(this.#nextBlockBytes * 2, MAX_BLOCK_BYTES);
    return block;
  }

  #closeBlock(): void {
    if (this.#block === null) return;
    this.#pieces.push(this.#block.subarray(0, this.#filled));
    this.#block = null;
    this.#filled = 0;
  }
}
