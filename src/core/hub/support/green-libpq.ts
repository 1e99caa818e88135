import { hub } from '../hub.ts';
import { Semaphore } from '../semaphore.ts';
import { shield } from '../timeout.ts';
import { waitCallback } from '../wait-callback.ts';
import type { Libpq } from './libpq.ts';
import { cancelStatement, flushQueued, isCopying, takeResult } from './libpq-exchange.ts';

/** An object of the package `libpq` with the calls that block, and with those that they are replaced by. */
interface BlockingLibpq extends Libpq {
  connectSync(params?: string): void;
  exec(text?: string): void;
  execParams(text?: string, values?: readonly unknown[]): void;
  prepare(name: string, text: string, valueCount: number): void;
  execPrepared(name?: string, values?: readonly unknown[]): void;
  sendPrepare(name: string, text: string, valueCount: number): boolean;
  sendQueryPrepared(name?: string, values?: readonly unknown[]): boolean;
  startReader(): void;
  stopReader(): void;
}

type Send = (...args: never[]) => boolean;

const senders = {
  exec: 'sendQuery',
  execParams: 'sendQueryParams',
  prepare: 'sendPrepare',
  execPrepared: 'sendQueryPrepared',
} as const;

const undoes = new WeakMap<object, () => void>();

/**
 * Lets the calls of the package `libpq` that block the event loop park the green thread that makes them, waiting for
 * the socket with `trampoline`: `connectSync exec execParams prepare execPrepared`. So the `…Sync` methods of the
 * package `pg-native`, as it is, cooperate. On the event loop's own stack they are what they were. guv's
 * `make_psycopg_green`.
 *
 * Statements of several green threads on one connection run one after the other. One whose green thread is killed
 * or timed out is cancelled in the server.
 *
 * @param libpq the class that the package exports
 * @returns what undoes it; making it green again changes nothing
 * @example
 * makeLibpqGreen(require('libpq'));
 * const client = new (require('pg-native'))();
 * client.connectSync('postgres:///test');
 * client.querySync('select $1::int as n', [1]); // [{ n: 1 }]
 */
export function makeLibpqGreen(libpq: new (...args: never[]) => object): () => void {
  const prototype = libpq.prototype as BlockingLibpq;
  const known = undoes.get(prototype);
  if (known !== undefined) return known;
  const originals = new Map<string, unknown>();
  const replace = <K extends keyof BlockingLibpq>(
    name: K,
    make: (original: BlockingLibpq[K]) => BlockingLibpq[K],
  ): void => {
    originals.set(name, prototype[name]);
    prototype[name] = make(prototype[name]);
  };
  const readers = new WeakSet<BlockingLibpq>();
  replace('startReader', (original) => {
    return function startReader(this: BlockingLibpq) {
      readers.add(this);
      original.call(this);
    };
  });
  replace('stopReader', (original) => {
    return function stopReader(this: BlockingLibpq) {
      readers.delete(this);
      original.call(this);
    };
  });
  replace('connectSync', (original) => {
    return function connectSync(this: BlockingLibpq, params = '') {
      if (hub.current === undefined) original.call(this, params);
      else
        waitCallback((done) => {
          this.connect(params, done);
        });
    };
  });
  const turns = new WeakMap<BlockingLibpq, Semaphore>();
  for (const [name, sender] of Object.entries(senders)) {
    replace(name as keyof typeof senders, (original) => {
      const green = function (this: BlockingLibpq, ...args: never[]): void {
        if (hub.current === undefined) {
          Reflect.apply(original, this, args);
          return;
        }
        let turn = turns.get(this);
        if (turn === undefined) turns.set(this, (turn = new Semaphore(1)));
        turn.with(() => {
          const send: unknown = Reflect.get(this, sender);
          exchange(this, () => Reflect.apply(send as Send, this, args), readers);
        });
      };
      return Object.defineProperty(green, 'name', { value: name });
    });
  }
  const undo = (): void => {
    undoes.delete(prototype);
    Object.assign(prototype, Object.fromEntries(originals));
  };
  undoes.set(prototype, undo);
  return undo;
}

/** What `PQexec` does: leaves the last result to be looked at, and no other. */
function exchange(pq: BlockingLibpq, send: () => boolean, readers: WeakSet<BlockingLibpq>): void {
  // Two that poll one descriptor get in each other's way.
  const isRead = readers.has(pq);
  if (isRead) pq.stopReader();
  pq.clear();
  pq.setNonBlocking(true);
  try {
    // Why not is the connection's last error, where the caller looks for it.
    if (!send()) return;
    flushQueued(pq);
    // A copy is the caller's to go on with.
    while (takeResult(pq) && !isCopying(pq));
  } catch (error) {
    shield(() => {
      cancelStatement(pq);
    });
    throw error;
  } finally {
    if (isRead) pq.startReader();
  }
}
