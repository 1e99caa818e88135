import { Semaphore } from '../semaphore.ts';
import { shield } from '../timeout.ts';
import { notifyOpened, trampoline } from '../trampoline.ts';
import { waitCallback } from '../wait-callback.ts';

/** What is used of an object of the package `libpq`. */
export interface Libpq {
  /** Connects on a thread of the pool. */
  connect(params: string, callback: (error: unknown) => void): void;
  /** The descriptor of the connection. */
  socket(): number;
  /** Closes the connection. */
  finish(): void;
  /** Whether calls may block from now on; false when that failed. */
  setNonBlocking(isNonBlocking: boolean): boolean;
  /** Queues statements without values; false when that failed. */
  sendQuery(text: string): boolean;
  /** Queues one statement with values; false when that failed. */
  sendQueryParams(text: string, values: readonly (string | null)[]): boolean;
  /** Writes what is queued: 0 all, 1 some is left, -1 failed. */
  flush(): number;
  /** Reads what has come; false when that failed. */
  consumeInput(): boolean;
  /** Whether `getResult()` would block. */
  isBusy(): boolean;
  /** Takes the next result; false when there is none. */
  getResult(): boolean;
  /** The name of the status of the result, such as `PGRES_TUPLES_OK`. */
  resultStatus(): string;
  /** What the server says is wrong with the statement. */
  resultErrorMessage(): string;
  /** The same by field: `sqlState`, `messagePrimary`, … */
  resultErrorFields(): Record<string, unknown>;
  /** What went wrong last on the connection. */
  errorMessage(): string;
  /** What was done, such as `INSERT 0 1`. */
  cmdStatus(): string;
  /** How many rows it changed, in digits. */
  cmdTuples(): string;
  /** Rows of the result. */
  ntuples(): number;
  /** Columns of the result. */
  nfields(): number;
  /** The name of a column. */
  fname(field: number): string;
  /** The number of the type of a column. */
  ftype(field: number): number;
  /** A value as the text of the server. */
  getvalue(row: number, field: number): string;
  /** Whether a value is NULL. */
  getisnull(row: number, field: number): boolean;
  /** Asks the server to stop the statement that runs; a text says why that failed. */
  cancel(): true | string;
}

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
        this.#flush();
        return this.#read();
      } catch (error) {
        // Nothing of it may be left for the next statement.
        shield(() => {
          this.#cancel();
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

  #flush(): void {
    while (this.#pq.flush() === 1) {
      // The server may want to be read from before it reads on.
      trampoline(this.#pq.socket(), { read: true, write: true });
      this.#pq.consumeInput();
    }
  }

  #read(): LibpqResult {
    let result: LibpqResult = { rows: [], command: '', rowCount: 0 };
    let failure: Error | undefined;
    while (this.#next()) {
      if (this.#pq.resultStatus() === 'PGRES_FATAL_ERROR') failure ??= this.#error();
      else result = this.#result();
    }
    if (failure !== undefined) throw failure;
    return result;
  }

  #next(): boolean {
    while (this.#pq.isBusy()) {
      trampoline(this.#pq.socket(), { read: true });
      if (!this.#pq.consumeInput()) throw new Error(this.#pq.errorMessage());
    }
    return this.#pq.getResult();
  }

  #cancel(): void {
    if (!this.#pq.isBusy() && !this.#pq.getResult()) return;
    this.#pq.cancel();
    while (this.#next());
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

/** As the server reads it: dates in ISO 8601, other objects as JSON. */
function asText(value: unknown): string | null {
  if (value === null || value === undefined) return null;
  if (value instanceof Date) return value.toISOString();
  return typeof value === 'object' ? JSON.stringify(value) : `${value as string | number}`;
}
