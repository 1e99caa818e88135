import type { App, Response } from '../../core/index.ts';
import type { Arbiter } from '../arbiter/arbiter.ts';
import type { WorkerHandle } from '../arbiter/worker-handle.ts';
import type { ArbiterStatus } from './arbiter-status.ts';

/** As many as the setting `workers` allows. */
const MAX_WORKERS = 1024;

/** What an order came to. */
interface Outcome {
  readonly status: 200 | 202 | 400 | 404 | 409;
  readonly message: string;
}

/**
 * What the control socket serves: `GET /status`, and orders by POST, `/scale/4`, `/reload`, `/reopen`,
 * `/upgrade`, `/drain`, `/stop`, `/worker/recycle/PID`, `/worker/kill/PID`. Answers are JSON.
 */
export function controlApp(arbiter: Arbiter, status: () => ArbiterStatus): App {
  const orders: Readonly<Record<string, (argument: string) => Outcome | Promise<Outcome>>> = {
    scale: (count) => scale(arbiter, count),
    reload: () => reload(arbiter),
    reopen: () => {
      arbiter.reopenLogs();
      return done('log files are opened anew');
    },
    upgrade: async () => {
      await arbiter.upgrade();
      return done('a successor was asked for; the log says how it does');
    },
    drain: () => {
      void arbiter.stop();
      return begun('stopping, when the running requests are answered');
    },
    stop: () => {
      void arbiter.quit('SIGINT');
      return begun('stopping at once');
    },
    'worker/recycle': (which) =>
      withWorker(arbiter, which, async (worker) => {
        await arbiter.crew.recycle(worker, 'gudeg ctl asked for it', 'recycled');
        return worker.recycleLabel === null
          ? refused(`worker ${worker.pid} was not replaced: it ends already`)
          : done(`worker ${worker.pid} is replaced`);
      }),
    'worker/kill': (which) =>
      withWorker(arbiter, which, (worker) => {
        worker.kill('SIGKILL', 'gudeg ctl asked for it', 'killed');
        return done(`worker ${worker.pid} is killed`);
      }),
  };
  return async (_session, { method, uri }) => {
    if (uri === '/status') {
      return method === 'GET' ? json(200, status()) : json(405, { message: 'GET /status' });
    }
    const [, name = '', argument = ''] = /^\/((?:worker\/)?[a-z]+)(?:\/(\d+))?$/.exec(uri) ?? [];
    const order = orders[name];
    if (order === undefined) return json(404, { message: `there is no command ${name}` });
    if (method !== 'POST') return json(405, { message: `POST ${uri}` });
    const { status: code, message } = await order(argument);
    return json(code, { message });
  };
}

function scale(arbiter: Arbiter, count: string): Outcome {
  const workers = Number(count);
  if (workers < 1 || workers > MAX_WORKERS) {
    return bad(`the number of workers must be in 1..${MAX_WORKERS}; got ${count || 'none'}`);
  }
  if (arbiter.phase !== 'serving') return refused(`the arbiter is ${arbiter.phase}`);
  const before = arbiter.crew.wanted;
  arbiter.resize(workers);
  return done(`${workers} workers are wanted, ${before} were before`);
}

async function reload(arbiter: Arbiter): Promise<Outcome> {
  if (arbiter.phase !== 'serving') return refused(`the arbiter is ${arbiter.phase}`);
  let outcome = 'not begun';
  const note = (how: string): void => void (outcome = how);
  arbiter.on('reloaded', note);
  await arbiter.reload();
  arbiter.off('reloaded', note);
  return outcome === 'done'
    ? done('reloaded')
    : refused(`not reloaded (${outcome}); the log says why, everything goes on as before`);
}

/** @param which a process id, or the number of a place */
async function withWorker(
  { crew }: Arbiter,
  which: string,
  act: (worker: WorkerHandle) => Outcome | Promise<Outcome>,
): Promise<Outcome> {
  const number = Number(which);
  const worker =
    crew.workers.find(({ pid }) => pid === number) ??
    crew.workers.find(({ place, state }) => place === number && state === 'ready');
  if (which !== '' && worker !== undefined) return await act(worker);
  const known = crew.workers.map(({ pid }) => pid).join(', ');
  return { status: 404, message: `there is no worker ${which}; there are ${known || 'none'}` };
}

const done = (message: string): Outcome => ({ status: 200, message });
const begun = (message: string): Outcome => ({ status: 202, message });
const bad = (message: string): Outcome => ({ status: 400, message });
const refused = (message: string): Outcome => ({ status: 409, message });

const reasons: Readonly<Record<number, string>> = {
  200: 'OK',
  202: 'Accepted',
  400: 'Bad Request',
  404: 'Not Found',
  405: 'Method Not Allowed',
  409: 'Conflict',
};

function json(status: number, value: object): Response {
  const headers = { 'content-type': 'application/json' };
  return [status, reasons[status] ?? '', headers, JSON.stringify(value)];
}
