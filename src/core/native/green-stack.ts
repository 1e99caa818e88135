import { createRequire } from 'node:module';
import { GudegError } from '../errors.ts';

/**
 * What the addon `green_stack` exports, by the names it has in native/stack/addon.cc. A stack is
 * known by its number; number 0 is the thread that runs the event loop.
 */
export interface GreenStack {
  /** The function that every new stack runs; it gives the number of the stack that runs after it. */
  setEntry(entry: () => number): void;
  /** A new stack's number, or a negative libuv error. It starts when it is first switched to. */
  createStack(): number;
  /**
   * Hands control to another stack; returns when control comes back. With `isIdle` the memory that
   * the running stack does not use now goes back to the system.
   */
  switchTo(stack: number, isIdle?: boolean): void;
  runningStack(): number;
  /** How many stacks exist beside number 0. */
  liveStacks(): number;
  /** Frees up to `limit` stacks that have ended; gives how many are left. */
  reapStacks(limit: number): number;
  /** The value that AsyncLocalStorage travels in, where Node keeps it in V8; else undefined. */
  getFrame(): unknown;
  setFrame(frame: unknown): void;
  /** Watches a descriptor: a slot number, or a negative libuv error. */
  openPoll(descriptor: number, onReady: (status: number, events: number) => void): number;
  /** 1 readable, 2 writable, 4 disconnected, added up; 0 stops. 0 or a negative libuv error. */
  watchPoll(slot: number, events: number): number;
  closePoll(slot: number): void;
  /**
   * Starts a child process on a thread of its own, in a later turn of the loop. 0, or a negative errno or libuv error: then
   * nothing happens.
   *
   * @param folder the working directory
   * @param streams a letter for each descriptor: `p` a pipe, `i` inherited, others none
   * @param onStarted gets the process id, or a negative errno when nothing was started; a descriptor that is readable once the child
   *   has ended, or -1; our ends of the pipes, which are its to close
   */
  startChild(
    file: string,
    args: readonly string[],
    environment: readonly string[],
    folder: string,
    streams: string,
    isDetached: boolean,
    onStarted: (pid: number, pidfd: number, ends: number[]) => void,
  ): number;
  /**
   * The status of `waitpid` once the child has ended, which forgets it and closes its descriptor: that must not be polled then. -1
   * before, or a smaller negative errno.
   */
  reapChild(pid: number, pidfd: number): number;
}

let loaded: GreenStack | undefined;

/**
 * The addon, loaded on first use. It is built against V8's interface, so there is one binary for
 * each major version of Node.
 *
 * @throws GudegError GUDEG_ERR_NATIVE_UNAVAILABLE with what was tried and what to do
 */
export function loadGreenStack(): GreenStack {
  loaded ??= load();
  return loaded;
}

function load(): GreenStack {
  const require = createRequire(import.meta.url);
  const { platform, arch, versions } = process;
  const abi = versions.modules;
  const tried: string[] = [];
  const explicit = process.env['GUDEG_GREEN_STACK_PATH'];
  const candidates =
    explicit === undefined
      ? [
          () => `#native/build/green_stack/abi${abi}/green_stack.node`,
          // Asking for the C library takes milliseconds.
          () => `#native/prebuilds/${platform}-${arch}${libcSuffix()}-green_stack-abi${abi}.node`,
        ]
      : [() => explicit];
  for (const candidate of candidates) {
    const path = candidate();
    try {
      return require(path) as GreenStack;
    } catch (error) {
      tried.push(`${path}: ${firstLine(error)}`);
    }
  }
  throw new GudegError(
    'GUDEG_ERR_NATIVE_UNAVAILABLE',
    `Green threads need the addon green_stack, which could not be loaded for Node ${versions.node} ` +
      `(ABI ${abi}) on ${platform}-${arch}. Tried:\n  ${tried.join('\n  ')}\n` +
      'In a checkout, build it with `npm run build:native` under this version of Node. ' +
      'Without it every blocking method still has its promise-returning …Async twin.',
  );
}

function libcSuffix(): string {
  if (process.platform !== 'linux') return '';
  const { header } = process.report.getReport() as { header: { glibcVersionRuntime?: string } };
  return header.glibcVersionRuntime === undefined ? '-musl' : '';
}

function firstLine(error: unknown): string {
  return String(error instanceof Error ? error.message : error).split('\n', 1)[0] ?? '';
}
