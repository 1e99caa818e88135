import { resolve } from 'node:path';
import { GudegError } from '../../core/index.ts';
import { parseCommandLine, type CommandLine } from './command-line.ts';
import { completeSettings, type GivenSettings } from './complete-settings.ts';
import { findConfigFile, loadConfigFile } from './config-file.ts';
import type { Settings } from './settings.ts';
import { splitWords } from './split-words.ts';

/** Settings with where they came from. */
export interface LoadedSettings {
  readonly settings: Settings;
  /** What to serve. */
  readonly target: string;
  /** The configuration file; null without one. */
  readonly configFile: string | null;
}

/**
 * Reads settings from all sources, each time anew: built-in defaults, the environment's defaults, the
 * configuration file, GUDEG_CMD_ARGS, the command line; later ones win.
 *
 * @param revision how often this was done before: a configuration file is imported once for each
 * @throws GUDEG_ERR_CONFIG, GUDEG_ERR_INVALID_OPTION, GUDEG_ERR_INVALID_ADDRESS
 */
export async function loadSettings(
  commandLine: CommandLine,
  revision: number,
  env: Readonly<Record<string, string | undefined>> = process.env,
  folder: string = process.cwd(),
): Promise<LoadedSettings> {
  const environment = parseCommandLine(splitWords(env['GUDEG_CMD_ARGS'] ?? ''));
  const asked = commandLine.settings['config'] ?? environment.settings['config'] ?? null;
  const configFile = findConfigFile(asked as string | null, folder);
  const fromFile: GivenSettings =
    configFile === null ? {} : await loadConfigFile(configFile, revision);
  const settings = completeSettings([fromFile, environment.settings, commandLine.settings], env);
  const target = commandLine.target ?? environment.target ?? settings.app;
  if (target === null) {
    throw new GudegError(
      'GUDEG_ERR_INVALID_OPTION',
      'give one MODULE[:EXPORT]; got 0 (see gudeg --help)',
    );
  }
  const chdir = settings.chdir === null ? null : resolve(folder, settings.chdir);
  return { settings: { ...settings, chdir }, target, configFile };
}
