import type { Fiber } from '../fiber.ts';
import { GreenThread } from '../green-thread.ts';
import { hub } from '../hub.ts';
import { isOwnFrame } from '../spawn-site.ts';

/** Something on a green thread that kept everything else from running. */
export interface BlockingReport {
  /**
   * `sync-call`: a function of Node that blocks; `native-call`: a function of another addon; `busy`: the event
   * loop did not turn, whatever it did.
   */
  readonly kind: 'sync-call' | 'native-call' | 'busy';
  /** What was called, such as `fs.readFileSync()`; for `busy` the function that ran. */
  readonly what: string;
  readonly blockedMs: number;
  /** The green thread's name; undefined where it is not known. */
  readonly thread: string | undefined;
  /** Where it was, innermost call first. */
  readonly stack: readonly string[];
}

/** One line for each fact, and the stack. */
export function formatReport({ kind, what, blockedMs, thread, stack }: BlockingReport): string {
  const whose = thread === undefined ? '' : ` on ${thread}`;
  return (
    `gudeg/green: ${kind} ${what}${whose} blocked the event loop for ${Math.round(blockedMs)} ms\n` +
    stack.map((line) => `    ${line}\n`).join('')
  );
}

/** A function that measures calls of a function, on green threads only, and reports what took long. */
export type TimeCall = <T>(what: string, call: () => T) => T;

/** Green threads that are in a call which is measured: what it calls in turn is its own affair. */
const measured = new WeakSet<Fiber>();

/** @param minMs what a call has to take to be reported */
export function timeCalls(
  kind: BlockingReport['kind'],
  minMs: number,
  report: (report: BlockingReport) => void,
): TimeCall {
  return (what, call) => {
    const thread = hub.current;
    if (thread === undefined || measured.has(thread)) return call();
    const { switches } = hub;
    const startedMs = performance.now();
    measured.add(thread);
    try {
      return call();
    } finally {
      measured.delete(thread);
      const blockedMs = performance.now() - startedMs;
      // One that let others run has parked, and not blocked.
      if (blockedMs >= minMs && hub.switches === switches) {
        const name = thread instanceof GreenThread ? thread.name : undefined;
        report({ kind, what, blockedMs, thread: name, stack: callerFrames() });
      }
    }
  };
}

function callerFrames(): string[] {
  const lines = new Error().stack?.split('\n') ?? [];
  return lines
    .slice(1)
    .map((line) => line.trim())
    .filter((line) => !isOwnFrame(line));
}
