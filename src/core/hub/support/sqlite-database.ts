import { invalidArgType } from '../../errors.ts';
import { SqliteConnections } from './sqlite-connections.ts';
import {
  portable,
  type SqliteAggregateOptions,
  type SqliteFunctionOptions,
  type SqliteTableDefinition,
  type SqliteTableOrigin,
} from './sqlite-functions.ts';
import { betterSqlite3Path } from './sqlite-module.ts';
import { SqliteStatement, withBuffers } from './sqlite-statement.ts';

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
  /** Begun with `BEGIN`, as when it is called itself. */
  readonly default: (...args: A) => T;
  /** Begun with `BEGIN DEFERRED`: locks nothing before its first statement. */
  readonly deferred: (...args: A) => T;
  /** Begun with `BEGIN IMMEDIATE`: keeps other writers out from the start. */
  readonly immediate: (...args: A) => T;
  /** Begun with `BEGIN EXCLUSIVE`: keeps other readers out too, outside WAL mode. */
  readonly exclusive: (...args: A) => T;
  readonly database: SqliteDatabase;
}

/** How far a backup is. */
export interface SqliteBackupProgress {
  readonly totalPages: number;
  readonly remainingPages: number;
}

/** What is backed up, and who is told. */
export interface SqliteBackupOptions {
  /** The name of an attached database. Default `main`. */
  attached?: string | undefined;
  /** Called on the event loop's own stack after every 100 pages; what it gives has no meaning. */
  progress?: ((progress: SqliteBackupProgress) => void) | undefined;
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
  /** Whether it lives in memory, or in a file that goes away with it. */
  readonly memory: boolean;
  readonly readonly: boolean;
  readonly #connections: SqliteConnections;
  #isOpen = true;

  /**
   * Opens it when it is first used.
   *
   * @throws GudegError GUDEG_ERR_HUB_PEER where better-sqlite3 is not installed, or needs a later Node
   */
  constructor(filename: string, options: SqliteOptions = {}) {
    if (typeof filename !== 'string') throw invalidArgType('filename', 'a string', filename);
    const { threads = 1, setup = [], ...rest } = options;
    this.name = filename;
    // One in memory is another one in each connection.
    this.memory = ['', ':memory:'].includes(filename.trim());
    this.readonly = options.readonly ?? false;
    this.#connections = new SqliteConnections(this.memory ? 1 : threads, {
      modulePath: betterSqlite3Path(),
      filename,
      options: rest,
      setup,
    });
  }

  /** False once it was closed. */
  get open(): boolean {
    return this.#isOpen;
  }

  /** Whether the running green thread is in a transaction. */
  get inTransaction(): boolean {
    return this.#connections.inTransaction;
  }

  /** A statement, compiled. */
  prepare(source: string): SqliteStatement {
    return new SqliteStatement(this.#connections, source);
  }

  /** Runs statements that give nothing. */
  exec(source: string): this {
    this.#connections.call('exec', source);
    return this;
  }

  /** Runs a pragma on one connection; those that count for each belong into `setup`. */
  pragma(source: string, options: { simple?: boolean } = {}): unknown {
    return this.#connections.call('pragma', source, options);
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
        this.#connections.transact(begin, () => fn(...args));
    const [plain, deferred, immediate, exclusive] = [
      kind('BEGIN'),
      kind('BEGIN DEFERRED'),
      kind('BEGIN IMMEDIATE'),
      kind('BEGIN EXCLUSIVE'),
    ];
    return Object.assign(kind('BEGIN'), {
      default: plain,
      deferred,
      immediate,
      exclusive,
      database: this,
    });
  }

  /**
   * Makes a function of SQL. It runs in the threads of the connections, so it travels as its text: it needs nothing
   * from around it but globals and `require`.
   *
   * @example
   * db.function('double', { deterministic: true }, (n) => n * 2);
   * db.prepare('select double(21)').pluck().get(); // 42
   */
  function(name: string, fn: (...args: never[]) => unknown): this;
  function(name: string, options: SqliteFunctionOptions, fn: (...args: never[]) => unknown): this;
  function(name: string, ...rest: unknown[]): this {
    this.#connections.define('function', [name, ...rest.map((each) => portable(name, each))]);
    return this;
  }

  /** Makes a function of SQL over many rows, and over windows of them where it has `inverse`; else as `function`. */
  aggregate(name: string, options: SqliteAggregateOptions): this {
    this.#connections.define('aggregate', [name, portable(name, options)]);
    return this;
  }

  /**
   * Makes a table of SQL whose rows a generator function gives. With a function in place of the definition it makes a module of
   * virtual tables: `create virtual table x using name(...)` calls it with the arguments, for the definition of that table. Functions
   * travel as their texts, as those of `function` do.
   *
   * @example
   * db.table('numbers', { columns: ['n'], *rows(count) { for (let n = 1; n <= count; n++) yield [n]; } });
   * db.prepare('select n from numbers(3)').pluck().all(); // [1, 2, 3]
   */
  table(
    name: string,
    definition:
      | SqliteTableDefinition
      | ((this: SqliteTableOrigin, ...args: never[]) => SqliteTableDefinition),
  ): this {
    this.#connections.define('table', [name, portable(name, definition)]);
    return this;
  }

  /** Loads an extension of SQLite into each connection. */
  loadExtension(path: string, entryPoint?: string): this {
    const entry = entryPoint === undefined ? [] : [entryPoint];
    this.#connections.define('loadExtension', [path, ...entry]);
    return this;
  }

  /** Whether integers come as BigInts where a statement says nothing else. */
  defaultSafeIntegers(isOn = true): this {
    this.#connections.define('defaultSafeIntegers', [isOn]);
    return this;
  }

  /**
   * Lets statements change the database while `iterate` reads it, and SQL do what could corrupt its file
   * (SQLITE_DBCONFIG_DEFENSIVE is off), on every connection. Of rows that are changed before they are read, `iterate` may give the
   * former state: it fetches up to 256 at a time.
   */
  unsafeMode(isOn = true): this {
    this.#connections.define('unsafeMode', [isOn], 'unsafeMode');
    return this;
  }

  /**
   * Copies the database into a file, while others use it; the green thread parks until that is done. Where the
   * database is a file, the copy has a connection of its own, and stops when the green thread is killed.
   */
  backup(destination: string, options: SqliteBackupOptions = {}): SqliteBackupProgress {
    if (typeof destination !== 'string') {
      throw invalidArgType('destination', 'a string', destination);
    }
    const { attached = 'main', progress } = options;
    const args = [destination, { attached }, progress !== undefined];
    const isApart = !this.memory && attached === 'main';
    return (
      isApart
        ? this.#connections.callApart('backup', args, progress as never)
        : this.#connections.callWatched('backup', args, progress as never)
    ) as SqliteBackupProgress;
  }

  /** The bytes of the database, as they would be in a file. */
  serialize(options: { attached?: string } = {}): Buffer {
    return withBuffers(this.#connections.call('serialize', options)) as Buffer;
  }

  /** Closes all connections, those in use when they come back. */
  close(): this {
    this.#isOpen = false;
    this.#connections.close();
    return this;
  }

  /** `close()`. */
  [Symbol.dispose](): void {
    this.close();
  }
}
