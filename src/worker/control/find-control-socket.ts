import { resolve } from 'node:path';
import { GudegError } from '../../core/index.ts';
import { parseCommandLine } from '../settings/command-line.ts';
import { completeSettings } from '../settings/complete-settings.ts';
import { findConfigFile, loadConfigFile } from '../settings/config-file.ts';
import { controlSocketPath } from '../settings/control-socket-path.ts';
import { splitWords } from '../settings/split-words.ts';

/** What the command line says of where the arbiter is to be found. */
export interface ControlTarget {
  readonly 'control-socket'?: string | undefined;
  readonly pidfile?: string | undefined;
  readonly config?: string | undefined;
}

/** As `parseArgs` wants to know of it. */
export const targetOptions = {
  'control-socket': { type: 'string', short: 's' },
  pidfile: { type: 'string', short: 'p' },
  config: { type: 'string', short: 'c' },
} as const;

/**
 * The control socket of the arbiter that one means: the one named, the one beside the pidfile that is
 * named, or where the settings of this folder (`GUDEG_CMD_ARGS`, `gudeg.config.js`) put it.
 * @throws GUDEG_ERR_INVALID_OPTION where nothing says it, GUDEG_ERR_CONFIG
 */
export async function findControlSocket(
  { 'control-socket': socket, pidfile, config }: ControlTarget,
  env: Readonly<Record<string, string | undefined>> = process.env,
  folder: string = process.cwd(),
): Promise<string> {
  if (socket !== undefined) return resolve(folder, socket);
  const named = { controlSocket: null, controlSocketDisable: false, pidfile: pidfile ?? null };
  const environment = parseCommandLine(splitWords(env['GUDEG_CMD_ARGS'] ?? '')).settings;
  const asked = config ?? (environment['config'] as string | undefined) ?? null;
  const path =
    controlSocketPath(named, folder) ??
    controlSocketPath(await settingsOf(asked, environment, env, folder), folder);
  if (path !== null) return path;
  throw new GudegError(
    'GUDEG_ERR_INVALID_OPTION',
    'nothing says where the control socket is: start the arbiter with --control-socket PATH or --pidfile FILE, and name the same here (-s PATH or -p FILE), or keep it in gudeg.config.js',
  );
}

async function settingsOf(
  asked: string | null,
  environment: Readonly<Record<string, unknown>>,
  env: Readonly<Record<string, string | undefined>>,
  folder: string,
): Promise<Parameters<typeof controlSocketPath>[0]> {
  const file = findConfigFile(asked, folder);
  const fromFile = file === null ? {} : await loadConfigFile(file, 0);
  return completeSettings([fromFile, environment], env);
}
