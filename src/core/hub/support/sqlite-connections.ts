import { GudegTypeError } from '../../errors.ts';
import type { Fiber } from '../fiber.ts';
import { hub } from '../hub.ts';
import { ResourcePool } from '../pools/resource-pool.ts';
import { isThenable, waitForPromise } from '../promise-bridge.ts';
import { shield } from '../timeout.ts';
import { JobThread } from '../tpool/job-thread.ts';
import { sqliteSource } from './sqlite-source.ts';

/** How each connection is made. */
export interface SqliteConnectionOptions {
  readonly modulePath: string;
  readonly filename: string;
  /** As better-sqlite3 takes them. */
  readonly options: object;
  readonly setup: readonly string[];
}

/** A connection while a green thread has it. */
interface Held {
  readonly thread: JobThread;
  /** Calls, transactions and iterations that need it. */
  uses: number;
  /** Transactions around each other. */
  depth: number;
}

/** What is done to every connection before it is used. */
interface Definition {
  readonly method: string;
  readonly args: readonly unknown[];
}

/** Connections of better-sqlite3, each in a thread of its own. A green thread that keeps one makes all its calls on it. */
export class SqliteConnections {
  readonly #options: SqliteConnectionOptions;
  readonly #pool: ResourcePool<JobThread>;
  readonly #held = new WeakMap<Fiber, Held>();
  /** In the order in which they came; what replaces an earlier one has its key. */
  readonly #definitions = new Map<unknown, Definition>();
  readonly #defined = new WeakMap<JobThread, Map<unknown, Definition>>();

  /** @param count connections at a time, at most */
  constructor(count: number, options: SqliteConnectionOptions) {
    this.#options = options;
    this.#pool = new ResourcePool<JobThread>({
      create: () => open(options),
      destroy: close,
      maxSize: count,
      orderAsStack: true,
    });
  }

  /** Whether the running green thread is in a transaction. */
  get inTransaction(): boolean {
    return hub.current !== undefined && (this.#held.get(hub.current)?.depth ?? 0) > 0;
  }

  /** Calls a method of a connection: the one that the green thread keeps, else any. */
  readonly call = (method: string, ...args: unknown[]): unknown => this.callWatched(method, args);

  /** The same; `onProgress` is told what it says meanwhile. */
  callWatched(method: string, args: unknown[], onProgress?: (progress: unknown) => void): unknown {
    const self = hub.blocking(`SqliteDatabase: ${method}()`);
    const held = this.#enter(self);
    try {
      return ask(held.thread, method, args, onProgress);
    } finally {
      this.#leave(self, held);
    }
  }

  /** The same on a connection that is made for it. */
  callApart(method: string, args: unknown[], onProgress?: (progress: unknown) => void): unknown {
    hub.blocking(`SqliteDatabase: ${method}()`);
    const opening = open(this.#options);
    try {
      return ask(waitForPromise(opening, `SqliteDatabase: ${method}()`), method, args, onProgress);
    } finally {
      void opening.then(
        (thread) => {
          thread.terminate();
        },
        () => undefined,
      );
    }
  }

  /**
   * Calls a method of the database on every connection, those that are made later included.
   *
   * @param key one with the same key is not called on them any more. Default: none has
   */
  define(method: string, args: readonly unknown[], key: unknown = Symbol(method)): void {
    const self = hub.blocking(`SqliteDatabase: ${method}()`);
    const definition = { method, args };
    const held = this.#enter(self);
    try {
      ask(held.thread, 'define', [method, args]);
      this.#definitions.set(key, definition);
      this.#definedOn(held.thread).set(key, definition);
    } finally {
      this.#leave(self, held);
    }
  }

  /**
   * Keeps a connection for the running green thread, until what this gives is called, or the thread ends.
   *
   * @param onEnd called when the thread ends before
   */
  keep(onEnd: (call: JobThread) => void): { thread: JobThread; release: () => void } {
    const self = hub.blocking('SqliteDatabase: iterate()');
    const held = this.#enter(self);
    const { thread } = held;
    const release = (): void => {
      if (!cleanups.delete(end)) return;
      this.#leave(self, held);
    };
    const end = (): void => {
      onEnd(thread);
      release();
    };
    const cleanups = (self.cleanups ??= new Set());
    cleanups.add(end);
    return { thread, release };
  }

  /** Runs `body` in a transaction of the running green thread, or in a part of the one that it is in. */
  transact<T>(begin: string, body: () => T): T {
    const self = hub.blocking('SqliteDatabase.transaction()');
    const held = this.#enter(self);
    const { thread } = held;
    const name = `gudeg_${held.depth}`;
    const isPart = held.depth > 0;
    held.depth++;
    try {
      ask(thread, 'exec', [isPart ? `SAVEPOINT ${name}` : begin]);
      const value = body();
      if (isThenable(value)) throw promiseGiven();
      ask(thread, 'exec', [isPart ? `RELEASE ${name}` : 'COMMIT']);
      return value;
    } catch (error) {
      if (!thread.isEnded) {
        shield(() => (isPart ? ask(thread, 'rollbackTo', [name]) : ask(thread, 'rollback', [])));
      }
      throw error;
    } finally {
      held.depth--;
      this.#leave(self, held);
    }
  }

  /** Closes all, those in use when they come back. */
  close(): void {
    this.#pool.close();
  }

  #enter(self: Fiber): Held {
    let held = this.#held.get(self);
    if (held === undefined) {
      const thread = this.#pool.get();
      held = { thread, uses: 0, depth: 0 };
      this.#held.set(self, held);
    }
    held.uses++;
    try {
      this.#bringUp(held.thread);
    } catch (error) {
      this.#leave(self, held);
      throw error;
    }
    return held;
  }

  #leave(self: Fiber, held: Held): void {
    if (--held.uses > 0) return;
    this.#held.delete(self);
    if (held.thread.isEnded) this.#pool.discard(held.thread);
    else this.#pool.put(held.thread);
  }

  #bringUp(thread: JobThread): void {
    if (this.#definitions.size === 0) return;
    const done = this.#definedOn(thread);
    for (const [key, definition] of this.#definitions) {
      if (done.get(key) === definition) continue;
      ask(thread, 'define', [definition.method, definition.args]);
      done.set(key, definition);
    }
  }

  #definedOn(thread: JobThread): Map<unknown, Definition> {
    let done = this.#defined.get(thread);
    if (done === undefined) this.#defined.set(thread, (done = new Map<unknown, Definition>()));
    return done;
  }
}

/** Calls a method of a connection, and parks until it is done. @internal */
export function ask(
  thread: JobThread,
  name: string,
  args: readonly unknown[],
  onProgress?: (progress: unknown) => void,
): unknown {
  return waitForPromise(thread.ask({ name, args }, onProgress), `SqliteDatabase: ${name}()`);
}

async function open(options: SqliteConnectionOptions): Promise<JobThread> {
  const { modulePath, filename, options: own, setup } = options;
  const thread = new JobThread();
  try {
    const args = [modulePath, filename, own, setup];
    await thread.ask({ make: { text: sqliteSource }, args });
  } catch (error) {
    thread.terminate();
    throw error;
  }
  return thread;
}

async function close(thread: JobThread): Promise<void> {
  if (!thread.isEnded) await thread.ask({ name: 'close', args: [] });
  thread.terminate();
}

function promiseGiven(): GudegTypeError {
  return new GudegTypeError(
    'GUDEG_ERR_INVALID_ARG_TYPE',
    'The function of a transaction must not give a promise: nothing of it would be in the transaction',
  );
}
