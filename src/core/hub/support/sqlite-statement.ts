/** Calls a method of the database in its thread. */
export type SqliteCall = (method: string, ...args: unknown[]) => unknown;

/** What `run` did. */
export interface SqliteRunResult {
  readonly changes: number;
  readonly lastInsertRowid: number | bigint;
}

/** A prepared statement: better-sqlite3's, whose calls park the green thread. */
export class SqliteStatement {
  /** The text it was made of. */
  readonly source: string;
  /** Whether it gives rows. */
  readonly reader: boolean;
  /** Whether it changes nothing. */
  readonly readonly: boolean;
  readonly #call: SqliteCall;
  readonly #modes = new Set<string>();

  /** @internal */
  constructor(call: SqliteCall, source: string) {
    const { reader, readonly } = call('describe', source) as SqliteStatement;
    this.#call = call;
    this.source = source;
    this.reader = reader;
    this.readonly = readonly;
  }

  /** Runs it, and tells what it changed. */
  run(...params: unknown[]): SqliteRunResult {
    return this.#call('run', this.source, [...this.#modes], params) as SqliteRunResult;
  }

  /** Its first row; undefined if there is none. */
  get(...params: unknown[]): unknown {
    return withBuffers(this.#call('get', this.source, [...this.#modes], params));
  }

  /** All its rows. */
  all(...params: unknown[]): unknown[] {
    const rows = this.#call('all', this.source, [...this.#modes], params) as unknown[];
    return rows.map(withBuffers);
  }

  /** The columns of its rows. */
  columns(): Record<string, unknown>[] {
    return this.#call('columns', this.source) as Record<string, unknown>[];
  }

  /** Gives the first column in place of rows. */
  pluck(isOn = true): this {
    return this.#mode('pluck', isOn);
  }

  /** Gives arrays in place of objects. */
  raw(isOn = true): this {
    return this.#mode('raw', isOn);
  }

  /** Gives an object for each table in a row. */
  expand(isOn = true): this {
    return this.#mode('expand', isOn);
  }

  /** Gives integers as BigInts. */
  safeIntegers(isOn = true): this {
    return this.#mode('safeIntegers', isOn);
  }

  #mode(name: string, isOn: boolean): this {
    if (isOn) this.#modes.add(name);
    else this.#modes.delete(name);
    return this;
  }
}

/** A Buffer comes as a plain array of bytes from another thread. */
function withBuffers(value: unknown): unknown {
  if (value instanceof Uint8Array) {
    return Buffer.from(value.buffer, value.byteOffset, value.byteLength);
  }
  if (typeof value !== 'object' || value === null) return value;
  const row = value as Record<string, unknown>;
  for (const name of Object.keys(row)) {
    if (typeof row[name] === 'object') row[name] = withBuffers(row[name]);
  }
  return row;
}
