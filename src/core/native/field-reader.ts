/**
 * Reads field lines that the engine left in memory: 16 bytes per field (native/engine/slice.h) at
 * `fieldsOffset`, whose positions count from `headOffset`.
 */
export class FieldReader {
  readonly #bytes: Buffer;
  readonly #shorts: Uint16Array;
  readonly #ints: Uint32Array;
  readonly #names: readonly string[];

  constructor(arena: ArrayBuffer, fieldNames: readonly string[]) {
    this.#bytes = Buffer.from(arena);
    this.#shorts = new Uint16Array(arena);
    this.#ints = new Uint32Array(arena);
    this.#names = fieldNames;
  }

  /**
   * Calls `visit(context, name, value)` for each field, the name in lower case, and gives the field
   * lines as they came. The head crosses as that one string, of which the values are slices.
   */
  visit<T>(
    headOffset: number,
    fieldsOffset: number,
    count: number,
    visit: (context: T, name: string, value: string) => void,
    context: T,
  ): string {
    if (count === 0) return '';
    const ints = this.#ints;
    const shorts = this.#shorts;
    const first = ints[fieldsOffset >> 2] as number;
    const text = this.text(headOffset, fieldsOffset, count);
    for (let i = 0; i < count; i++) {
      const int = (fieldsOffset >> 2) + i * 4;
      const id = shorts[int * 2 + 3] as number;
      const valueStart = (ints[int + 2] as number) - first;
      const value = text.slice(valueStart, valueStart + (ints[int + 3] as number));
      if (id === 0) {
        const start = (ints[int] as number) - first;
        visit(
          context,
          text.slice(start, start + (shorts[int * 2 + 2] as number)).toLowerCase(),
          value,
        );
      } else {
        visit(context, this.#names[id] as string, value);
      }
    }
    return text;
  }

  /** The field lines as they were received, without the end of the last one. */
  text(headOffset: number, fieldsOffset: number, count: number): string {
    if (count === 0) return '';
    const ints = this.#ints;
    const last = (fieldsOffset >> 2) + (count - 1) * 4;
    const end = (ints[last + 2] as number) + (ints[last + 3] as number);
    const first = ints[fieldsOffset >> 2] as number;
    return this.#bytes.toString('latin1', headOffset + first, headOffset + end);
  }

  /** Names and values in turn, as received. */
  raw(headOffset: number, fieldsOffset: number, count: number): string[] {
    const raw: string[] = [];
    for (let i = 0; i < count; i++) {
      const int = (fieldsOffset >> 2) + i * 4;
      const nameStart = headOffset + (this.#ints[int] as number);
      const nameEnd = nameStart + (this.#shorts[int * 2 + 2] as number);
      const valueStart = headOffset + (this.#ints[int + 2] as number);
      const valueEnd = valueStart + (this.#ints[int + 3] as number);
      raw.push(
        this.#bytes.toString('latin1', nameStart, nameEnd),
        this.#bytes.toString('latin1', valueStart, valueEnd),
      );
    }
    return raw;
  }
}
