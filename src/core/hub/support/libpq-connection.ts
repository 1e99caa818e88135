import { Semaphore } from '../semaphore.ts';
import { shield } from '../timeout.ts';
import { notifyOpened } from '../trampoline.ts';
import { waitCallback } from '../wait-callback.ts';
import type { Libpq } from './libpq.ts';
import { cancelStatement, endCopy, flushQueued, isCopying, takeResult } from './libpq-exchange.ts';

/** What a statement gave. */
export interface LibpqResult {
  /** An object for each row. */
  readonly rows: Record<string, unknown>[];
  /** What the server says was done, such as `INSERT 0 1`. */
  readonly command: string;
  /** Rows that were given or changed. */
  readonly rowCount: number;
}

/** How values come. */
export interface LibpqOptions {
  /** Makes a value of the server's text and the number of its type. Default: the text. */
  parse?: ((text: string, typeId: number) => unknown) | undefined;
}

/**
 * A connection to PostgreSQL through its own C library, whose socket is waited for with `trampoline`, as psycopg2's
 * is by guv. Statements of several green threads run one after the other. One whose green thread is killed or
 * timed out is cancelled in the server.
 *
 * @example
 * const connection = new LibpqConnection(new Libpq());
 * connection.connect('postgres:///test');
 * connection.query('select $1::int + 1 as n', [1]).rows; // [{ n: '2' }]
 */
export class LibpqConnection {
  readonly #pq: Libpq;
  readonly #parse: (text: string, typeId: number) => unknown;
  readonly #turn = new Semaphore(1);

  /** @param pq a new object of the package `libpq`; that of `pg-native` is its property `pq` */
  constructor(pq: Libpq, options: LibpqOptions = {}) {
    this.#pq = pq;
    this.#parse = options.parse ?? ((text) => text);
  }

  /** Connects; without `params` as the environment says (PGHOST and the like). */
  connect(params = ''): void {
    waitCallback((done) => {
      this.#pq.connect(params, done);
    });
    this.#pq.setNonBlocking(true);
  }

  /** Runs a statement, or several without values; gives what the last one gave. */
  query(text: string, values?: readonly unknown[]): LibpqResult {
    return this.#turn.with(() => {
      const isSent =
        values === undefined
          ? this.#pq.sendQuery(text)
          : this.#pq.sendQueryParams(text, values.map(asText));
      if (!isSent) throw new Error(this.#pq.errorMessage());
      try {
        flushQueued(this.#pq);
        return this.#read();
      } catch (error) {
        // Nothing of it may be left for the next statement.
        shield(() => {
          cancelStatement(this.#pq);
        });
        throw error;
      }
    });
  }

  /** Ends the connection. */
  close(): void {
    notifyOpened(this.#pq.socket());
    this.#pq.finish();
  }

  /** `close()`. */
  [Symbol.dispose](): void {
    this.close();
  }

  #read(): LibpqResult {
    let result: LibpqResult = { rows: [], command: '', rowCount: 0 };
    let failure: Error | undefined;
    while (takeResult(this.#pq)) {
      if (isCopying(this.#pq)) {
        endCopy(this.#pq, noCopy);
        failure ??= new Error(noCopy);
      } else if (this.#pq.resultStatus() === 'PGRES_FATAL_ERROR') failure ??= this.#error();
      else result = this.#result();
    }
    if (failure !== undefined) throw failure;
    return result;
  }

  #result(): LibpqResult {
    const pq = this.#pq;
    const fields = Array.from({ length: pq.nfields() }, (_, field) => ({
      name: pq.fname(field),
      typeId: pq.ftype(field),
    }));
    const rows = Array.from({ length: pq.ntuples() }, (_, row) =>
      Object.fromEntries(
        fields.map(({ name, typeId }, field) => [
          name,
          pq.getisnull(row, field) ? null : this.#parse(pq.getvalue(row, field), typeId),
        ]),
      ),
    );
    return { rows, command: pq.cmdStatus(), rowCount: Number(pq.cmdTuples()) || rows.length };
  }

  #error(): Error {
    const { sqlState, ...fields } = this.#pq.resultErrorFields();
    const message = this.#pq.resultErrorMessage().trim();
    return Object.assign(new Error(message), fields, { message, code: sqlState });
  }
}

const noCopy = 'LibpqConnection has no COPY between the server and the client';

/** As the server reads it: dates in ISO 8601, other objects as JSON. */
function asText(value: unknown): string | null {
  if (value === null || value === undefined) return null;
  if (value instanceof Date) return value.toISOString();
  return typeof value === 'object' ? JSON.stringify(value) : `${value as string | number}`;
}
