import { getSystemErrorName } from 'node:util';
import { GudegError, invalidArgType, outOfRange } from '../errors.ts';
import { type AsyncOptions, block, blockAsync, type BlockingCall } from './blocking-call.ts';
import { hub } from './hub.ts';
import { expiredTimeout } from './timeout.ts';
import type { Waiter } from './wait-queue.ts';

/** What to wait for, and how long. */
export interface TrampolineOptions {
  /** Until it is readable (or at its end). */
  read?: boolean | undefined;
  /** Until it is writable. */
  write?: boolean | undefined;
  /** Milliseconds to wait at most; then `timeoutError`, or a `Timeout`, is thrown. Default: forever. */
  timeoutMs?: number | undefined;
  timeoutError?: Error | undefined;
}

const READABLE = 1;
const WRITABLE = 2;

interface Watch {
  slot: number;
  readonly readers: Set<Waiter>;
  readonly writers: Set<Waiter>;
}

const watches = new Map<number, Watch>();
let isShared = false;

/**
 * Whether a second green thread that waits for the same event of a descriptor gets an error (true, the default).
 * With false all of them go on when it comes, and each has to look whether something is left for it.
 */
export function hubPreventMultipleReaders(state = true): void {
  isShared = !state;
}

/** The descriptors that green threads wait for: a line for each. */
export function formatHubListeners(): string {
  const lines = [...watches].map(
    ([descriptor, { readers, writers }]) =>
      `descriptor ${descriptor}: ${readers.size} readers, ${writers.size} writers\n`,
  );
  return `${lines.join('')}${lines.length} descriptors\n`;
}

/**
 * Parks the running green thread until a descriptor is ready, or broken, on a poll handle of libuv. The
 * descriptor must be one that the system can poll (sockets, pipes, terminals; not plain files), is
 * made non-blocking, and belongs to the caller.
 *
 * @throws GudegError GUDEG_ERR_HUB_BUSY_DESCRIPTOR while another thread waits for the same event of it
 * @throws GudegError GUDEG_ERR_HUB_IO when it cannot be watched
 */
export function trampoline(descriptor: number, options: TrampolineOptions): void {
  const { call, seconds, isRead, isWrite } = checked(descriptor, options);
  hub.blocking(call.name);
  const watching = new Watching(descriptor, isRead, isWrite);
  try {
    block(undefined, call, descriptor, seconds, undefined, watching.begin);
  } finally {
    watching.end();
  }
}

/** The promise-returning twin of `trampoline`; needs the addon all the same. */
export async function trampolineAsync(
  descriptor: number,
  options: TrampolineOptions & Pick<AsyncOptions, 'signal'>,
): Promise<void> {
  const { call, seconds, isRead, isWrite } = checked(descriptor, options);
  const { signal } = options;
  signal?.throwIfAborted();
  const watching = new Watching(descriptor, isRead, isWrite);
  const limits = { timeout: seconds, signal };
  try {
    await blockAsync(undefined, call, descriptor, limits, undefined, watching.begin);
  } finally {
    watching.end();
  }
}

/**
 * Says that a descriptor was closed or opened anew: those who still wait for what it was before get
 * an error, code GUDEG_ERR_HUB_IO.
 */
export function notifyOpened(descriptor: number): void {
  const watch = watches.get(descriptor);
  if (watch === undefined) return;
  watches.delete(descriptor);
  hub.native.closePoll(watch.slot);
  const error = new GudegError(
    'GUDEG_ERR_HUB_IO',
    `Descriptor ${descriptor} was closed while it was waited for`,
  );
  for (const waiter of [...watch.readers, ...watch.writers]) waiter.fail(error);
}

function checked(descriptor: number, options: TrampolineOptions) {
  const { read: isRead = false, write: isWrite = false, timeoutMs, timeoutError } = options;
  if (!Number.isInteger(descriptor) || descriptor < 0) {
    throw invalidArgType('descriptor', 'a descriptor number', descriptor);
  }
  if (!isRead && !isWrite) {
    throw new GudegError(
      'GUDEG_ERR_INVALID_OPTION',
      'trampoline() needs read, write or both to be true',
    );
  }
  if (timeoutMs !== undefined && !(timeoutMs >= 0))
    throw outOfRange('timeoutMs', 'at least 0', timeoutMs);
  const call: BlockingCall<number, undefined> = {
    name: 'trampoline()',
    timedOut(_self, seconds) {
      throw timeoutError ?? expiredTimeout(seconds);
    },
  };
  return { call, seconds: timeoutMs === undefined ? undefined : timeoutMs / 1000, isRead, isWrite };
}

/** One waiter's share in the watch of a descriptor. */
class Watching {
  readonly #descriptor: number;
  readonly #watch: Watch;
  readonly #isRead: boolean;
  readonly #isWrite: boolean;
  #waiter: Waiter | undefined;

  constructor(descriptor: number, isRead: boolean, isWrite: boolean) {
    const known = watches.get(descriptor);
    const isReadBusy = isRead && (known?.readers.size ?? 0) > 0;
    const isWriteBusy = isWrite && (known?.writers.size ?? 0) > 0;
    if (!isShared && (isReadBusy || isWriteBusy)) {
      throw new GudegError(
        'GUDEG_ERR_HUB_BUSY_DESCRIPTOR',
        `Another green thread waits already to ${isReadBusy ? 'read' : 'write'} ` +
          `descriptor ${descriptor}; let one thread read it, or put a Semaphore around it`,
      );
    }
    this.#descriptor = descriptor;
    this.#isRead = isRead;
    this.#isWrite = isWrite;
    this.#watch = known ?? watchFor(descriptor);
  }

  readonly begin = (waiter: Waiter): void => {
    this.#waiter = waiter;
    if (this.#isRead) this.#watch.readers.add(waiter);
    if (this.#isWrite) this.#watch.writers.add(waiter);
    update(this.#descriptor, this.#watch);
  };

  end(): void {
    const own = this.#waiter;
    if (own !== undefined) {
      this.#watch.readers.delete(own);
      this.#watch.writers.delete(own);
    }
    if (watches.get(this.#descriptor) === this.#watch) update(this.#descriptor, this.#watch);
  }
}

function watchFor(descriptor: number): Watch {
  const watch: Watch = { slot: -1, readers: new Set(), writers: new Set() };
  watch.slot = hub.native.openPoll(descriptor, (status, events) => {
    onReady(watch, status, events);
  });
  if (watch.slot < 0) throw ioError(descriptor, watch.slot);
  watches.set(descriptor, watch);
  return watch;
}

function onReady(watch: Watch, status: number, events: number): void {
  const { readers, writers } = watch;
  // Of a broken descriptor, one whose peer has reset it, libuv says EBADF, whatever is wrong: the next read or
  // write knows.
  const ready = status < 0 ? READABLE | WRITABLE : events;
  if ((ready & READABLE) !== 0) for (const waiter of readers) waiter.settle(undefined);
  if ((ready & WRITABLE) !== 0) for (const waiter of writers) waiter.settle(undefined);
  for (const waiters of [readers, writers]) {
    for (const waiter of waiters) if (waiter.isClosed) waiters.delete(waiter);
  }
  // What nobody waits for would be reported over and over.
  hub.native.watchPoll(watch.slot, wanted(watch));
}

function update(descriptor: number, watch: Watch): void {
  const events = wanted(watch);
  if (events === 0) {
    watches.delete(descriptor);
    hub.native.closePoll(watch.slot);
    return;
  }
  const status = hub.native.watchPoll(watch.slot, events);
  if (status < 0) throw ioError(descriptor, status);
}

function wanted({ readers, writers }: Watch): number {
  return (readers.size === 0 ? 0 : READABLE) + (writers.size === 0 ? 0 : WRITABLE);
}

function ioError(descriptor: number, status: number): GudegError {
  return new GudegError(
    'GUDEG_ERR_HUB_IO',
    `Descriptor ${descriptor} cannot be watched: ${getSystemErrorName(status)}`,
  );
}
