import { GudegError } from '../../errors.ts';
import type { JobThread } from '../tpool/job-thread.ts';
import { ask, type SqliteConnections } from './sqlite-connections.ts';

/** What `run` did. */
export interface SqliteRunResult {
  readonly changes: number;
  readonly lastInsertRowid: number | bigint;
}

/** Rows that `iterate` fetches at a time: few at first, for those who want one. */
const batchRows = { first: 16, most: 256 };

/** A prepared statement: better-sqlite3's, whose calls park the green thread. */
export class SqliteStatement {
  /** The text it was made of. */
  readonly source: string;
  /** Whether it gives rows. */
  readonly reader: boolean;
  /** Whether it changes nothing. */
  readonly readonly: boolean;
  readonly #connections: SqliteConnections;
  /** better-sqlite3's rows have one form: the last that was asked for. */
  #form: 'pluck' | 'raw' | 'expand' | undefined;
  #hasBigInts: boolean | undefined;
  #bound: unknown[] | undefined;

  /** @internal */
  constructor(connections: SqliteConnections, source: string) {
    const { reader, readonly } = connections.call('describe', source) as SqliteStatement;
    this.#connections = connections;
    this.source = source;
    this.reader = reader;
    this.readonly = readonly;
  }

  /** Runs it, and tells what it changed. */
  run(...params: unknown[]): SqliteRunResult {
    return this.#call('run', params) as SqliteRunResult;
  }

  /** Its first row; undefined if there is none. */
  get(...params: unknown[]): unknown {
    return withBuffers(this.#call('get', params));
  }

  /** All its rows. */
  all(...params: unknown[]): unknown[] {
    return (this.#call('all', params) as unknown[]).map(withBuffers);
  }

  /**
   * Its rows one by one, for those that are too many for `all`. From the first row on the green thread keeps its
   * connection, until the loop over them is left; what it asks the database meanwhile goes through that connection,
   * which changes nothing while it reads.
   */
  *iterate(...params: unknown[]): IterableIterator<unknown, undefined> {
    let cursor: unknown;
    let isOver = false;
    const end = (of: JobThread): void => {
      isOver = true;
      if (cursor !== undefined && !of.isEnded) {
        void of.ask({ name: 'endRows', args: [cursor] }).catch(() => undefined);
      }
    };
    const { thread, release } = this.#connections.keep(end);
    try {
      cursor = ask(thread, 'beginRows', [this.source, this.#modes(), this.#paramsOf(params)]);
      for (let count = batchRows.first; ; count = Math.min(count * 2, batchRows.most)) {
        const { rows, isEnd } = ask(thread, 'nextRows', [cursor, count]) as {
          rows: unknown[];
          isEnd: boolean;
        };
        for (const row of rows) {
          yield withBuffers(row);
          if (isOver as boolean) throw ended();
        }
        if (isEnd) return undefined;
      }
    } finally {
      if (!(isOver as boolean)) end(thread);
      release();
    }
  }

  /** The columns of its rows. */
  columns(): Record<string, unknown>[] {
    return this.#connections.call('columns', this.source) as Record<string, unknown>[];
  }

  /** Binds parameters for good: from now on it is called without any. */
  bind(...params: unknown[]): this {
    if (this.#bound !== undefined) {
      throw new TypeError('The bind() method can only be invoked once per statement object');
    }
    this.#bound = params;
    return this;
  }

  /** Gives the first column in place of rows. */
  pluck(isOn = true): this {
    return this.#inForm('pluck', isOn);
  }

  /** Gives arrays in place of objects. */
  raw(isOn = true): this {
    return this.#inForm('raw', isOn);
  }

  /** Gives an object for each table in a row. */
  expand(isOn = true): this {
    return this.#inForm('expand', isOn);
  }

  /** Gives integers as BigInts. */
  safeIntegers(isOn = true): this {
    this.#hasBigInts = isOn;
    return this;
  }

  #call(method: string, params: unknown[]): unknown {
    return this.#connections.call(method, this.source, this.#modes(), this.#paramsOf(params));
  }

  /** What is called on the statement in the other thread before it is used, with true or false. */
  #modes(): Record<string, boolean> {
    return {
      ...(this.#form === undefined ? {} : { [this.#form]: true }),
      ...(this.#hasBigInts === undefined ? {} : { safeIntegers: this.#hasBigInts }),
    };
  }

  #paramsOf(params: unknown[]): unknown[] {
    if (this.#bound === undefined) return params;
    if (params.length === 0) return this.#bound;
    throw new TypeError('This statement already has bound parameters');
  }

  #inForm(form: 'pluck' | 'raw' | 'expand', isOn: boolean): this {
    if (isOn) this.#form = form;
    else if (this.#form === form) this.#form = undefined;
    return this;
  }
}

function ended(): GudegError {
  return new GudegError(
    'GUDEG_ERR_HUB_STATE',
    'The rows of iterate() belong to the green thread that asked for the first, which has ended',
  );
}

/** A Buffer comes as a plain array of bytes from another thread. @internal */
export function withBuffers(value: unknown): unknown {
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
