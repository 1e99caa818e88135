import type { ByteSink, ChunkExtension } from '../../../src/core/http/index.ts';

/** Keeps what is written; with `isSlow` it asks to wait after each write. */
export class RecordingSink implements ByteSink {
  readonly pieces: Buffer[] = [];
  readonly #isSlow: boolean;

  constructor(isSlow = false) {
    this.#isSlow = isSlow;
  }

  /** Everything written so far, as Latin-1. */
  get text(): string {
    return Buffer.concat(this.pieces).toString('latin1');
  }

  write(data: Uint8Array): void | Promise<void> {
    this.pieces.push(Buffer.from(data));
    if (this.#isSlow) return new Promise((resolve) => setImmediate(resolve));
  }
}

/** Keeps chunks, as a sink does that codes them itself. */
export class ChunkRecordingSink extends RecordingSink {
  readonly chunks: [ChunkExtension | null, string, unknown][] = [];

  writeChunk(
    extension: ChunkExtension | null,
    data: Uint8Array,
    trailers?: Readonly<Record<string, string>> | null,
  ): void {
    this.chunks.push([extension, Buffer.from(data).toString('latin1'), trailers]);
  }
}
