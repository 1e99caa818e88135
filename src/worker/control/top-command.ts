import { setTimeout as delay } from 'node:timers/promises';
import { GudegError } from '../../core/index.ts';
import { parseArguments } from '../settings/parse-arguments.ts';
import { ControlClient } from './control-client.ts';
import { EXIT_DONE, exitCodeOf } from './exit-codes.ts';
import { findControlSocket, targetOptions } from './find-control-socket.ts';
import { TopFigures } from './top-figures.ts';
import { TopScreen } from './top-screen.ts';
import { topText } from './top-text.ts';

const HELP = `Usage: gudeg top [OPTION]...

Shows the workers of a running arbiter, again and again; q or Ctrl-C ends it. Where the output is no
terminal it prints them once.

      --interval SECONDS  how often to look; 1 unless given
      --once              print once and end
  -s, --control-socket PATH
  -p, --pidfile FILE      the socket is the one beside this pidfile
  -c, --config FILE       the settings name it; without options gudeg.config.js and GUDEG_CMD_ARGS do
  -h, --help

REQ/S, P50, P99 and CPU % are of the last second or so. Exit codes are those of gudeg ctl.
`;

/**
 * `gudeg top`: everything behind these words.
 * @returns the exit code
 */
export async function runTop(args: readonly string[]): Promise<number> {
  try {
    const { values } = parseArguments('gudeg top', {
      args: [...args],
      options: {
        ...targetOptions,
        interval: { type: 'string' },
        once: { type: 'boolean' },
        help: { type: 'boolean', short: 'h' },
      },
    });
    if (values.help === true) {
      process.stdout.write(HELP);
      return EXIT_DONE;
    }
    const intervalMs = readInterval(values.interval ?? '1');
    const client = new ControlClient(await findControlSocket(values));
    const { isTTY } = process.stdout;
    await (values.once === true || !isTTY ? printOnce : watch)(client, intervalMs);
    return EXIT_DONE;
  } catch (error) {
    process.stderr.write(`gudeg top: ${(error as Error).message}\n`);
    return exitCodeOf(error);
  }
}

/** Two looks: figures per second need both. */
async function printOnce(client: ControlClient, intervalMs: number): Promise<void> {
  const figures = new TopFigures();
  figures.add(await client.status());
  await delay(intervalMs);
  const status = await client.status();
  figures.add(status);
  const { heading, titles, rows } = topText(status, figures);
  process.stdout.write([...heading, titles, ...rows, ''].join('\n'));
}

async function watch(client: ControlClient, intervalMs: number): Promise<void> {
  const figures = new TopFigures();
  // Who cannot look at all hears it before the screen changes.
  let status = await client.status();
  using screen = new TopScreen(process.stdout, process.stdin);
  let footer = 'q: quit';
  for (;;) {
    figures.add(status);
    screen.show({ ...topText(status, figures), footer });
    await delay(intervalMs, undefined, { signal: screen.closed }).catch(() => undefined);
    if (screen.closed.aborted) return;
    try {
      status = await client.status();
      footer = 'q: quit';
    } catch (error) {
      // A successor may be about to take its place.
      footer = (error as Error).message;
    }
  }
}

function readInterval(text: string): number {
  const seconds = Number(text);
  if (seconds > 0 && seconds <= 3600) return seconds * 1000;
  throw new GudegError(
    'GUDEG_ERR_INVALID_OPTION',
    `--interval must be a number of seconds above 0; got ${text} (see gudeg top --help)`,
  );
}
