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
  reader: Waiter | undefined;
  writer: Waiter | undefined;
}

const watches = new Map<number, Watch>();

/**
 * Parks the running green thread until a descriptor is ready, on a poll handle of libuv. The
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
  watch.reader?.fail(error);
  watch.writer?.fail(error);
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
    const isReadBusy = isRead && known?.reader !== undefined;
    if (isReadBusy || (isWrite && known?.writer !== undefined)) {
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
    if (this.#isRead) this.#watch.reader = waiter;
    if (this.#isWrite) this.#watch.writer = waiter;
    update(this.#descriptor, this.#watch);
  };

  end(): void {
    const own = this.#waiter;
    if (own !== undefined && this.#watch.reader === own) this.#watch.reader = undefined;
    if (own !== undefined && this.#watch.writer === own) this.#watch.writer = undefined;
    if (watches.get(this.#descriptor) === this.#watch) update(this.#descriptor, this.#watch);
  }
}

function watchFor(descriptor: number): Watch {
  const watch: Watch = { slot: -1, reader: undefined, writer: undefined };
  watch.slot = hub.native.openPoll(descriptor, (status, events) => {
    onReady(watch, status, events);
  });
  if (watch.slot < 0) throw ioError(descriptor, watch.slot);
  watches.set(descriptor, watch);
  return watch;
}

function onReady(watch: Watch, status: number, events: number): void {
  const { reader, writer } = watch;
  if (status < 0) {
    const error = new GudegError(
      'GUDEG_ERR_HUB_IO',
      `Polling failed with ${getSystemErrorName(status)}`,
    );
    reader?.fail(error);
    writer?.fail(error);
  } else {
    if ((events & READABLE) !== 0) reader?.settle(undefined);
    if ((events & WRITABLE) !== 0) writer?.settle(undefined);
  }
  if (reader?.isClosed) watch.reader = undefined;
  if (writer?.isClosed) watch.writer = undefined;
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

function wanted({ reader, writer }: Watch): number {
  return (reader === undefined ? 0 : READABLE) + (writer === undefined ? 0 : WRITABLE);
}

function ioError(descriptor: number, status: number): GudegError {
  return new GudegError(
    'GUDEG_ERR_HUB_IO',
    `Descriptor ${descriptor} cannot be watched: ${getSystemErrorName(status)}`,
  );
}
