import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { Arbiter } from './arbiter/arbiter.ts';
import { checkApp } from './arbiter/check-app.ts';
import { parseCommandLine, type CommandLine } from './settings/command-line.ts';
import { helpText } from './settings/help-text.ts';
import { loadSettings, type LoadedSettings } from './settings/load-settings.ts';
import { printSettings } from './settings/print-settings.ts';

/** gunicorn's exit codes, and the usual one for wrong arguments. */
const EXIT_FAILED = 1;
const EXIT_USAGE = 2;

const manifest = new URL('../../package.json', import.meta.url);

/**
 * The command `gudeg`: everything behind the name of the program.
 * @returns the exit code
 */
export async function runCommand(args: readonly string[]): Promise<number> {
  const [first = '', ...rest] = args;
  // Apps of these names are served as `./ctl` and `./top`.
  if (first === 'ctl') return await (await import('./control/ctl-command.ts')).runCtl(rest);
  if (first === 'top') return await (await import('./control/top-command.ts')).runTop(rest);
  let commandLine: CommandLine;
  let loaded: LoadedSettings;
  try {
    commandLine = parseCommandLine(args);
    if (commandLine.isHelp) return print(helpText());
    if (commandLine.isVersion) return print(`gudeg ${version()}\n`);
    loaded = await loadSettings(commandLine, 0);
  } catch (error) {
    return fail(
      error,
      (error as { code?: string }).code === 'GUDEG_ERR_CONFIG' ? EXIT_FAILED : EXIT_USAGE,
    );
  }
  const { settings } = loaded;
  if (settings.printConfig) return print(printSettings(loaded));
  if (settings.checkConfig) return await checkApp(loaded);
  if (settings.daemon) return detach(args);
  let arbiter: Arbiter;
  try {
    arbiter = await Arbiter.create(commandLine, loaded);
  } catch (error) {
    return fail(error, EXIT_FAILED);
  }
  return await arbiter.run();
}

function print(text: string): number {
  process.stdout.write(text);
  return 0;
}

/** A message for a person; the stack only where the fault may be in somebody else's code. */
function fail(error: unknown, exitCode: number): number {
  const { message, cause } = error as Error;
  process.stderr.write(`gudeg: ${message}\n`);
  if (cause instanceof Error && !('code' in cause)) {
    process.stderr.write(`${cause.stack ?? cause.message}\n`);
  }
  return exitCode;
}

function version(): string {
  return (JSON.parse(readFileSync(manifest, 'utf8')) as { version: string }).version;
}

/** Starts the same command in a session of its own, and leaves it alone. */
function detach(args: readonly string[]): number {
  const rest = args.filter((arg) => arg !== '-D' && arg !== '--daemon');
  const [, script = ''] = process.argv;
  const child = spawn(process.execPath, [...process.execArgv, script, ...rest], {
    detached: true,
    stdio: 'ignore',
    env: { ...process.env, GUDEG_DAEMON: '1' },
  });
  child.unref();
  return 0;
}
