import { setTimeout as delay } from 'node:timers/promises';
import { GudegError } from '../../core/index.ts';
import { parseArguments } from '../settings/parse-arguments.ts';
import { ControlClient, type ControlAnswer } from './control-client.ts';
import { findControlSocket, targetOptions } from './find-control-socket.ts';
import { EXIT_DONE, EXIT_REFUSED, EXIT_USAGE, exitCodeOf } from './exit-codes.ts';
import { statusText } from './status-text.ts';

const HELP = `Usage: gudeg ctl [OPTION]... COMMAND

Commands a running arbiter through its control socket.

  status               what it does, and its workers
  scale N              have N workers
  reload               read the settings anew, and replace the workers one by one; waits for the outcome
  reopen               open the log files anew
  upgrade              start the command again beside itself, as SIGUSR2
  drain                stop when the running requests are answered, as SIGTERM; waits for the end
  stop                 stop at once, as SIGINT; waits for the end
  worker recycle WHO   put a new worker in the place of one (its pid or its number), and let that one end
  worker kill WHO      end one by SIGKILL; another one takes its place

  -s, --control-socket PATH
  -p, --pidfile FILE   the socket is the one beside this pidfile
  -c, --config FILE    the settings name it; without options gudeg.config.js and GUDEG_CMD_ARGS do
      --json           answer in JSON
      --no-wait        don't wait for the end
  -h, --help

Exit codes: 0 done, 1 refused or failed, 2 wrong arguments, 3 no arbiter listens, 4 no permission
`;

/** How often one looks whether the arbiter is gone. */
const POLL_MS = 50;

const ENDINGS: ReadonlySet<string> = new Set(['drain', 'stop']);

/**
 * `gudeg ctl`: everything behind these words.
 * @returns the exit code
 */
export async function runCtl(args: readonly string[]): Promise<number> {
  try {
    const { values, positionals } = parseArguments('gudeg ctl', {
      args: [...args],
      allowPositionals: true,
      options: {
        ...targetOptions,
        json: { type: 'boolean' },
        'no-wait': { type: 'boolean' },
        help: { type: 'boolean', short: 'h' },
      },
    });
    if (values.help === true) return print(HELP);
    const uri = uriOf(positionals);
    const client = new ControlClient(await findControlSocket(values));
    const isJson = values.json === true;
    if (uri === '/status') {
      const status = await client.status();
      return print(isJson ? `${JSON.stringify(status)}\n` : statusText(status));
    }
    const waits = ENDINGS.has(positionals[0] ?? '') && values['no-wait'] !== true;
    const pid = waits ? (await client.status()).pid : null;
    const answer = await client.order(uri);
    if (pid !== null && answer.status === 202) await gone(client, pid);
    return show(answer, isJson);
  } catch (error) {
    process.stderr.write(`gudeg ctl: ${(error as Error).message}\n`);
    return exitCodeOf(error);
  }
}

function show({ status, value }: ControlAnswer, isJson: boolean): number {
  const isDone = status < 400;
  const { message } = value as { message: string };
  if (isJson) print(`${JSON.stringify({ ok: isDone, message })}\n`);
  else if (isDone) print(`${message}\n`);
  else process.stderr.write(`gudeg ctl: ${message}\n`);
  return isDone ? EXIT_DONE : status === 400 ? EXIT_USAGE : EXIT_REFUSED;
}

/** A successor may have taken the socket over. */
async function gone(client: ControlClient, pid: number): Promise<void> {
  for (;;) {
    const status = await client.status().catch(() => null);
    if (status?.pid !== pid) return;
    await delay(POLL_MS);
  }
}

function uriOf(words: readonly string[]): string {
  const [command = '', ...rest] = words;
  const [first = '', second = ''] = rest;
  switch (command) {
    case 'status':
    case 'reload':
    case 'reopen':
    case 'upgrade':
    case 'drain':
    case 'stop':
      if (rest.length === 0) return `/${command}`;
      throw usage(`${command} takes no argument; got ${rest.join(' ')}`);
    case 'scale':
      if (rest.length === 1 && /^\d+$/.test(first)) return `/scale/${first}`;
      throw usage(`scale takes a number of workers; got ${rest.join(' ') || 'none'}`);
    case 'worker':
      if (rest.length === 2 && /^(recycle|kill)$/.test(first) && /^\d+$/.test(second)) {
        return `/worker/${first}/${second}`;
      }
      throw usage(`worker takes recycle or kill, and a pid; got ${rest.join(' ') || 'nothing'}`);
    default:
      throw usage(`there is no command ${command || '(none given)'}`);
  }
}

function usage(message: string): GudegError {
  return new GudegError('GUDEG_ERR_INVALID_OPTION', `${message} (see gudeg ctl --help)`);
}

function print(text: string): number {
  process.stdout.write(text);
  return EXIT_DONE;
}
