import { createRequire } from 'node:module';
import { join } from 'node:path';
import { GudegError, GudegTypeError, invalidArgType } from '../../errors.ts';
import type { Fiber } from '../fiber.ts';
import { hub } from '../hub.ts';
import { ResourcePool } from '../pools/resource-pool.ts';
import { isThenable, waitForPromise } from '../promise-bridge.ts';
import { shield } from '../timeout.ts';
import { JobThread } from '../tpool/job-thread.ts';
import { sqliteSource } from './sqlite-source.ts';
import { SqliteStatement } from './sqlite-statement.ts';

/** How a database is opened. The rest goes to better-sqlite3: `readonly`, `fileMustExist`, `timeout`. */
export interface SqliteOptions {
  /** Connections, each in a thread of its own. Default 1; more let readers of a file run side by side. */
  threads?: number | undefined;
  /** Statements for each new connection, such as `pragma foreign_keys = on`. Default: none. */
  setup?: readonly string[] | undefined;
  readonly?: boolean | undefined;
  fileMustExist?: boolean | undefined;
  /** Milliseconds to wait for a lock of the file. */
  timeout?: number | undefined;
}

/** A function in a transaction, and in one of each kind. */
export interface SqliteTransaction<A extends unknown[], T> {
  (...args: A): T;
  /** Begun with `BEGIN DEFERRED`: locks nothing before its first statement. */
  readonly deferred: (...args: A) => T;
  /** Begun with `BEGIN IMMEDIATE`: keeps other writers out from the start. */
  readonly immediate: (...args: A) => T;
  /** Begun with `BEGIN EXCLUSIVE`: keeps other readers out too, outside WAL mode. */
  readonly exclusive: (...args: A) => T;
}

/**
 * A database of better-sqlite3 whose calls run in other threads, and park the green thread: the same names as there.
 *
 * A transaction belongs to the green thread that began it: what others do meanwhile goes through other connections, or
 * waits for its end. It is rolled back when the green thread is killed.
 *
 * @example
 * const db = new SqliteDatabase('app.db', { threads: 4, setup: ['pragma journal_mode = wal'] });
 * const insert = db.prepare('insert into cats (name) values (?)');
 * db.transaction((names) => names.forEach((name) => insert.run(name)))(['Joey', 'Sally']);
 */
export class SqliteDatabase {
  readonly name: string;
  readonly #connections: ResourcePool<JobThread>;
  /** The connection of each green thread that is in a transaction, and how deep. */
  readonly #transactions = new WeakMap<Fiber, { thread: JobThread; depth: number }>();

  /**
   * Opens it when it is first used.
   *
   * @throws GudegError GUDEG_ERR_HUB_PEER where better-sqlite3 is not installed
   */
  constructor(filename: string, options: SqliteOptions = {}) {
    if (typeof filename !== 'string') throw invalidArgType('filename', 'a string', filename);
    const { threads = 1, setup = [], ...rest } = options;
    const modulePath = betterSqlite3Path();
    // One in memory is another one in each connection.
    const isShared = filename !== '' && filename !== ':memory:';
    this.name = filename;
    this.#connections = new ResourcePool<JobThread>({
      create: async () => {
        const thread = new JobThread();
        try {
          await thread.ask({
            make: { text: sqliteSource },
            args: [modulePath, filename, rest, setup],
          });
        } catch (error) {
          thread.terminate();
          throw error;
        }
        return thread;
      },
      destroy: async (thread) => {
        if (!thread.isEnded) await thread.ask({ name: 'close', args: [] });
        thread.terminate();
      },
      maxSize: isShared ? threads : 1,
      orderAsStack: true,
    });
  }

  /** A statement, compiled. */
  prepare(source: string): SqliteStatement {
    return new SqliteStatement((method, ...args) => this.#call(method, args), source);
  }

  /** Runs statements that give nothing. */
  exec(source: string): this {
    this.#call('exec', [source]);
    return this;
  }

  /** Runs a pragma on one connection; those that count for each belong into `setup`. */
  pragma(source: string, options: { simple?: boolean } = {}): unknown {
    return this.#call('pragma', [source, options]);
  }

  /** Whether the running green thread is in a transaction. */
  get inTransaction(): boolean {
    return hub.current !== undefined && this.#transactions.has(hub.current);
  }

  /**
   * A function that runs `fn` in a transaction: committed when it returns, rolled back when it throws. In another
   * transaction it is a part of that one, which can be rolled back by itself.
   */
  transaction<A extends unknown[], T>(fn: (...args: A) => T): SqliteTransaction<A, T> {
    if (typeof fn !== 'function') throw invalidArgType('fn', 'a function', fn);
    const kind =
      (begin: string) =>
      (...args: A): T =>
        this.#transact(begin, () => fn(...args));
    const [deferred, immediate, exclusive] = [
      kind('BEGIN DEFERRED'),
      kind('BEGIN IMMEDIATE'),
      kind('BEGIN EXCLUSIVE'),
    ];
    return Object.assign(kind('BEGIN'), { deferred, immediate, exclusive });
  }

  /** Closes all connections, those in use when they come back. */
  close(): void {
    this.#connections.close();
  }

  /** `close()`. */
  [Symbol.dispose](): void {
    this.close();
  }

  #call(method: string, args: unknown[]): unknown {
    const self = hub.blocking(`SqliteDatabase: ${method}()`);
    const own = this.#transactions.get(self);
    if (own !== undefined) return ask(own.thread, method, args);
    return this.#connections.with((thread) => ask(thread, method, args));
  }

  #transact<T>(begin: string, body: () => T): T {
    const self = hub.blocking('SqliteDatabase.transaction()');
    const outer = this.#transactions.get(self);
    if (outer !== undefined) {
      const name = `gudeg_${outer.depth}`;
      outer.depth++;
      try {
        return run(outer.thread, body, {
          begin: `SAVEPOINT ${name}`,
          commit: `RELEASE ${name}`,
          undo: () => ask(outer.thread, 'exec', [`ROLLBACK TO ${name}; RELEASE ${name}`]),
        });
      } finally {
        outer.depth--;
      }
    }
    return this.#connections.with((thread) => {
      this.#transactions.set(self, { thread, depth: 1 });
      try {
        return run(thread, body, {
          begin,
          commit: 'COMMIT',
          undo: () => ask(thread, 'rollback', []),
        });
      } finally {
        this.#transactions.delete(self);
      }
    });
  }
}

function run<T>(
  thread: JobThread,
  body: () => T,
  { begin, commit, undo }: { begin: string; commit: string; undo: () => unknown },
): T {
  try {
    ask(thread, 'exec', [begin]);
    const value = body();
    if (isThenable(value)) {
      throw new GudegTypeError(
        'GUDEG_ERR_INVALID_ARG_TYPE',
        'The function of a transaction must not give a promise: nothing of it would be in the transaction',
      );
    }
    ask(thread, 'exec', [commit]);
    return value;
  } catch (error) {
    shield(undo);
    throw error;
  }
}

function ask(thread: JobThread, name: string, args: unknown[]): unknown {
  return waitForPromise(thread.ask({ name, args }), `SqliteDatabase: ${name}()`);
}

function betterSqlite3Path(): string {
  const tried: unknown[] = [];
  for (const from of [import.meta.url, join(process.cwd(), 'any.js')]) {
    try {
      return createRequire(from).resolve('better-sqlite3');
    } catch (error) {
      tried.push(error);
    }
  }
  throw new GudegError(
    'GUDEG_ERR_HUB_PEER',
    'SqliteDatabase needs the package better-sqlite3, which is not installed; run `npm install better-sqlite3`',
    { cause: tried[0] },
  );
}
