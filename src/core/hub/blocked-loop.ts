import { Worker } from 'node:worker_threads';
import { outOfRange } from '../errors.ts';

/** What a watchdog saw. */
export interface BlockedLoop {
  /** For how long the event loop had been stuck when it was looked at. */
  readonly blockedMs: number;
  /** What it was running, innermost call first: `function (file:line)`. */
  readonly stack: readonly string[];
}

/** How to watch. */
export interface WatchLoopOptions {
  /** Milliseconds without a turn of the event loop that count as blocked. Default 100. */
  maxBlockedMs?: number | undefined;
  /** Called when the loop turns again. Default: nothing; the report is on stderr by then. */
  onBlocked?: ((report: BlockedLoop) => void) | undefined;
  /** Write a report to stderr while the loop is stuck. Default true. */
  print?: boolean | undefined;
  /**
   * A pipe that each report is written to as a line of JSON, while the loop is stuck. Where its reader is
   * gone, the process is killed: it was watched for a parent that no longer lives. Default: none.
   */
  reportFd?: number | undefined;
}

/**
 * Runs in a thread of its own, so it sees the loop stuck while it is stuck. It is a text because a
 * worker's file would have another name in the source than in the build. What it may do is look:
 * `Debugger.pause` takes the stack, and the program goes on.
 */
const watchdog = `
const { Session } = require('node:inspector');
const { writeSync } = require('node:fs');
const { fileURLToPath } = require('node:url');
const { parentPort, workerData } = require('node:worker_threads');
const { beats, maxBlockedMs, print, reportFd } = workerData;
const session = new Session();
session.connectToMainThread();
let seen = -1;
let seenAt = performance.now();
let isReported = false;
const urls = new Map();
session.on('Debugger.scriptParsed', ({ params }) => urls.set(params.scriptId, params.url));
const place = ({ functionName, location }) => {
  const url = urls.get(location.scriptId) ?? '';
  const file = url.startsWith('file:') ? fileURLToPath(url) : url || 'evaluated code';
  return (functionName || '<anonymous>') + ' (' + file + ':' + (location.lineNumber + 1) + ')';
};
session.on('Debugger.paused', ({ params }) => {
  const stack = params.callFrames.slice(0, 20).map(place);
  session.post('Debugger.resume');
  // The pause may come when the loop has just begun to turn again.
  if (Atomics.load(beats, 0) !== seen) return;
  const blockedMs = Math.round(performance.now() - seenAt);
  if (print) {
    writeSync(2, 'gudeg/green: the event loop has been blocked for ' + blockedMs + ' ms in\\n' +
      stack.map((line) => '    at ' + line + '\\n').join(''));
  }
  if (reportFd !== undefined) {
    try {
      writeSync(reportFd, JSON.stringify({ blockedMs, stack }) + '\\n');
    } catch (error) {
      if (error.code === 'EPIPE') process.kill(process.pid, 'SIGKILL');
    }
  }
  parentPort.postMessage({ blockedMs, stack });
});
// A session alone does not keep a worker alive, so the timer begins first.
let isReady = false;
session.post('Debugger.enable', () => {
  isReady = true;
  parentPort.postMessage('ready');
});
setInterval(() => {
  const beat = Atomics.load(beats, 0);
  if (beat !== seen) {
    seen = beat;
    seenAt = performance.now();
    isReported = false;
  } else if (isReady && !isReported && performance.now() - seenAt >= maxBlockedMs) {
    isReported = true;
    session.post('Debugger.pause');
  }
}, Math.max(maxBlockedMs / 4, 1));
`;

/**
 * Watches this thread's event loop from another one: while it is stuck, in a green thread or outside,
 * the function and the line are named on stderr. It costs a thread, and V8's debugger is enabled.
 *
 * @returns what stops watching, once watching has begun
 */
export async function watchLoop(options: WatchLoopOptions = {}): Promise<() => Promise<void>> {
  const { maxBlockedMs = 100, onBlocked, print = true, reportFd } = options;
  if (!(maxBlockedMs >= 10)) throw outOfRange('maxBlockedMs', 'at least 10', maxBlockedMs);
  const beats = new Int32Array(new SharedArrayBuffer(4));
  const beating = setInterval(() => Atomics.add(beats, 0, 1), maxBlockedMs / 4).unref();
  const workerData = { beats, maxBlockedMs, print, reportFd };
  const worker = new Worker(watchdog, { eval: true, workerData, execArgv: [] });
  await new Promise<void>((resolve, reject) => {
    worker.once('error', reject);
    worker.on('message', (message: 'ready' | BlockedLoop) => {
      if (message === 'ready') resolve();
      else onBlocked?.(message);
    });
  });
  worker.unref();
  return async () => {
    clearInterval(beating);
    await worker.terminate();
  };
}
