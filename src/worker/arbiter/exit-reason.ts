import { constants } from 'node:os';

/** How a process ended. */
export interface ProcessExit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

const codes: Readonly<Record<number, string>> = {
  0: 'it ended by itself',
  1: 'an exception that nobody caught',
  2: 'a fault inside bash or Node’s arguments',
  3: 'it failed to boot',
  4: 'the app failed to load',
  5: 'a fatal error in V8',
  7: 'an exception in a handler of uncaught exceptions',
  9: 'an option of Node that it does not know',
  12: 'an address of the debugger that it cannot use',
  13: 'a top-level await that never finished',
};

const signals: Partial<Record<NodeJS.Signals, string>> = {
  SIGKILL: 'perhaps the kernel was out of memory: see dmesg, or set memoryLimit',
  SIGABRT:
    'a fatal error such as a full heap: see what it wrote to stderr, or raise --max-old-space-size',
  SIGSEGV: 'a fault in native code',
  SIGBUS: 'a fault in native code, or a full disk behind a memory map',
  SIGILL: 'native code for another processor',
  SIGTRAP: 'a fatal error in V8',
};

/** Why a worker ended, in words: `exited with code 1 (an exception that nobody caught)`. */
export function exitReason({ code, signal }: ProcessExit): string {
  if (signal !== null) {
    const words = signals[signal];
    return `was ended by ${signal}${words === undefined ? '' : ` (${words})`}`;
  }
  const number = code ?? 0;
  const byShell = Object.entries(constants.signals).find(([, each]) => each === number - 128);
  const words =
    codes[number] ?? (byShell === undefined ? undefined : `as if ended by ${byShell[0]}`);
  return `exited with code ${number}${words === undefined ? '' : ` (${words})`}`;
}
