// A worker process: what `WorkerHandle` starts. It loads the app, serves it, gives signs of life, and
// ends when it is told to, or when the arbiter is gone.
import { watchLoop } from '../../core/hub/index.ts';
import { loadEngine } from '../../core/native/index.ts';
import {
  REPORT_FD,
  type BootFailure,
  type BootOrder,
  type LogCounts,
  type ToArbiter,
  type ToWorker,
  type WorkerCounts,
} from '../arbiter/messages.ts';
import type { Worker } from '../classes/worker.ts';
import { findWorkerClass } from '../classes/worker-classes.ts';
import { ErrorLog } from '../logs/error-log.ts';
import { loadConfigFile } from '../settings/config-file.ts';
import type { Settings } from '../settings/settings.ts';
import { becomeUser } from './become-user.ts';
import { beat, heartbeatMs, quietMs, startHeartbeat } from './heartbeat.ts';
import { loadTarget, type LoadedTarget } from './load-target.ts';
import { loadTls } from './load-tls.ts';
import { Observers } from './observers.ts';
import { recycleRule } from './recycling.ts';

/** How long a worker that stops at once waits for answers that are on their way. */
const QUIT_MS = 100;

/** What is there once the worker has booted. */
interface Running {
  readonly settings: Settings;
  readonly log: ErrorLog;
  readonly worker: Worker;
  readonly observers: Observers;
}

let running: Running | null = null;
let stopWatching: () => Promise<void> = () => Promise.resolve();
let isEnding = false;

function send(message: ToArbiter): void {
  // Without an arbiter there is nobody to tell.
  if (process.connected) process.send?.(message, undefined, undefined, () => undefined);
}

async function sendLast(message: ToArbiter): Promise<void> {
  if (!process.connected) return;
  await new Promise((resolve) => process.send?.(message, undefined, undefined, resolve));
}

async function boot(order: BootOrder): Promise<void> {
  const { target, configFile, revision, age, listeners, isCheck, isMetered } = order;
  let exitCode: 3 | 4 = 3;
  try {
    const hooks = configFile === null ? {} : await loadConfigFile(configFile, revision);
    const settings = withTls({ ...order.settings, ...onlyHooks(hooks) }, order.ticketKeys);
    const log = new ErrorLog(settings);
    if (settings.umask !== null) process.umask(parseInt(settings.umask, 8));
    process.title = `gudeg: worker [${settings.procName ?? target}]`;
    becomeUser(settings);
    if (order.core !== null) pinToCore(order.core, log);
    const observers = new Observers(settings, log);
    const context = { settings, log, age, isMetered, observer: observers.observer };
    const worker = new (await findWorkerClass(settings.workerClass))(context);
    observers.worker = worker;
    await callHook(settings.postFork, worker);
    exitCode = 4;
    await worker.load(await asApp(loadTarget(target)));
    exitCode = 3;
    await callHook(settings.postWorkerInit, worker);
    running = { settings, log, worker, observers };
    if (!isCheck) await serve(running, listeners);
    send({ kind: 'ready' });
  } catch (error) {
    await sendLast(bootFailure(error, exitCode));
    process.exit(exitCode);
  }
}

/** Whatever goes wrong while the app is made, it is the app that could not be loaded. */
async function asApp(loading: Promise<LoadedTarget>): Promise<LoadedTarget> {
  return await loading;
}

async function serve(
  { settings, log, worker }: Running,
  listeners: BootOrder['listeners'],
): Promise<void> {
  const { timeout, watchdog, blockedAfter } = settings;
  if (watchdog) {
    const seconds = blockedAfter > 0 ? blockedAfter : timeout > 0 ? Math.min(5, timeout / 2) : 5;
    stopWatching = await watchLoop({
      maxBlockedMs: Math.max(10, seconds * 1000),
      print: false,
      reportFd: REPORT_FD,
    });
  }
  await worker.serve(listeners);
  const rule = recycleRule(settings);
  let isTold = false;
  startHeartbeat({
    intervalMs: heartbeatMs(timeout),
    quietMs: quietMs(timeout),
    ...vitals(worker, log),
    send: (sign) => {
      send(sign);
      const told = rule(sign);
      if (told === null || isTold || isEnding) return;
      isTold = true;
      send({ kind: 'recycle', ...told });
    },
  });
  send(beat(vitals(worker, log), 0));
  log.debug(`worker ${worker.age} serves`);
}

/** With what TLS needs in memory, while the worker may still read it. */
function withTls(settings: Settings, ticketKeys: string): Settings {
  const tls = loadTls(settings, Buffer.from(ticketKeys, 'hex'));
  if (tls === null) return settings;
  return { ...settings, serverOptions: { ...settings.serverOptions, tls } };
}

function vitals(
  worker: Worker,
  log: ErrorLog,
): { counts: () => WorkerCounts; logs: () => LogCounts } {
  return { counts: () => worker.counts(), logs: () => log.counts };
}

function onlyHooks(given: Readonly<Record<string, unknown>>): Partial<Settings> {
  return Object.fromEntries(
    Object.entries(given).filter(([, value]) => typeof value === 'function'),
  );
}

async function callHook(hook: Settings['postFork'], worker: Worker): Promise<void> {
  await (hook as ((worker: Worker) => unknown) | null)?.(worker);
}

function pinToCore(core: number, log: ErrorLog): void {
  const status = loadEngine().pinToCore(core);
  if (status < 0) log.warning(`the worker cannot be pinned to core ${core} (errno ${-status})`);
}

function bootFailure(error: unknown, exitCode: 3 | 4): BootFailure {
  const { message, cause } = error instanceof Error ? error : new Error(String(error));
  // The stack only where the fault may be in the app.
  const isOurs = typeof (error as { code?: unknown }).code === 'string';
  const shown = cause instanceof Error ? cause : isOurs ? null : error;
  const stack = shown instanceof Error ? (shown.stack ?? shown.message) : null;
  return { kind: 'bootFailure', exitCode, message, stack };
}

/** Ends after the running requests. */
async function drain(handOn: boolean): Promise<void> {
  if (isEnding) return;
  isEnding = true;
  if (running === null) process.exit(0);
  const { settings, worker, log } = running;
  try {
    await worker.drain({
      graceMs: settings.gracefulTimeout * 1000,
      idleMs: settings.drainIdle * 1000,
      handOn,
    });
    await end(0);
  } catch (error) {
    log.error('the worker could not end in order', { stack: (error as Error).stack ?? '' });
    await end(1);
  }
}

/** Ends with what can be answered in no time. */
async function quit(): Promise<void> {
  isEnding = true;
  if (running === null) process.exit(0);
  await callHook(running.settings.workerInt, running.worker);
  setTimeout(() => {
    void end(0);
  }, QUIT_MS);
}

async function end(code: number): Promise<void> {
  if (running !== null) {
    await callHook(running.settings.workerExit, running.worker);
    await stopWatching();
    // What it has done since its last sign of life counts too.
    await sendLast(beat(vitals(running.worker, running.log), 0));
    running.observers.flush();
    running.log.flush();
  }
  process.exit(code);
}

process.on('message', (message: ToWorker) => {
  switch (message.kind) {
    case 'boot':
      void boot(message);
      break;
    case 'drain':
      void drain(message.handOn);
      break;
    case 'quit':
      void quit();
      break;
    case 'reopenLogs':
      running?.log.reopen();
      running?.observers.reopen();
      break;
  }
});

// No orphans: whoever started this process is gone.
process.on('disconnect', () => void drain(false));
process.on('SIGTERM', () => {
  if (process.connected) send({ kind: 'leaving' });
  else void drain(false);
});
process.on('SIGINT', () => void quit());
process.on('SIGQUIT', () => void quit());
process.on('SIGUSR1', () => {
  running?.log.reopen();
  running?.observers.reopen();
});
// A terminal sends these to all its processes; they are meant for the arbiter. Without a handler, SIGHUP
// would end the worker, and SIGTTIN and SIGTTOU would stop it.
for (const signal of ['SIGHUP', 'SIGTTIN', 'SIGTTOU', 'SIGWINCH', 'SIGUSR2'] as const) {
  process.on(signal, () => undefined);
}
