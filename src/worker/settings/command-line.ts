import type { ParseArgsConfig } from 'node:util';
import { GudegError } from '../../core/index.ts';
import type { GivenSettings } from './complete-settings.ts';
import { parseArguments } from './parse-arguments.ts';
import { readText } from './read-value.ts';
import { flagOf } from './setting.ts';
import { settingRows } from './settings.ts';

/** What the command line says. */
export interface CommandLine {
  readonly isHelp: boolean;
  readonly isVersion: boolean;
  /** `MODULE[:EXPORT]`, where it was given. */
  readonly target: string | null;
  readonly settings: GivenSettings;
}

/** Flags of gunicorn that are spelled differently here. */
const synonyms: Readonly<Record<string, string>> = {
  'access-logfile': 'accesslog',
  'access-logformat': 'access-log-format',
  'error-logfile': 'errorlog',
  'log-file': 'errorlog',
  'log-level': 'loglevel',
  pid: 'pidfile',
  name: 'proc-name',
  env: 'raw-env',
  'keep-alive': 'keepalive',
  'no-control-socket': 'control-socket-disable',
  'proxy-allow-from': 'proxy-allow-ips',
  'reload-extra-file': 'reload-extra-files',
};

/**
 * Reads the arguments behind `gudeg`.
 * @throws GUDEG_ERR_INVALID_OPTION
 */
export function parseCommandLine(args: readonly string[]): CommandLine {
  const options: NonNullable<ParseArgsConfig['options']> = {
    help: { type: 'boolean', short: 'h' },
    version: { type: 'boolean', short: 'v' },
  };
  const nameByFlag = new Map<string, string>();
  for (const [name, { type, short }] of Object.entries(settingRows)) {
    if (type === 'hook') continue;
    const flag = flagOf(name);
    nameByFlag.set(flag, name);
    const isFlag = type === 'boolean';
    options[flag] = {
      type: isFlag ? 'boolean' : 'string',
      multiple: type === 'list',
      ...(short === undefined ? {} : { short }),
    };
    if (isFlag) options[`no-${flag}`] = { type: 'boolean' };
  }
  for (const [synonym, flag] of Object.entries(synonyms)) {
    nameByFlag.set(synonym, nameByFlag.get(flag) ?? '');
    options[synonym] = { ...options[flag], type: options[flag]?.type ?? 'string' };
    delete options[synonym].short;
  }
  const config = { args: [...args], options, allowPositionals: true };
  const parsed = parseArguments('gudeg', config);
  const values: Readonly<Record<string, unknown>> = parsed.values;
  const { positionals } = parsed;
  const isHelp = values['help'] === true;
  const isVersion = values['version'] === true;
  if (positionals.length > 1) throw usage(`give one MODULE[:EXPORT]; got ${positionals.length}`);
  const settings: Record<string, unknown> = {};
  for (const [flag, value] of Object.entries(values)) {
    const name = nameByFlag.get(flag);
    if (name === undefined) {
      const positive = nameByFlag.get(flag.replace(/^no-/, ''));
      if (positive !== undefined) settings[positive] = false;
    } else settings[name] = readOne(name, value);
  }
  return { isHelp, isVersion, target: positionals[0] ?? null, settings };
}

function readOne(name: string, value: unknown): unknown {
  const setting = settingRows[name];
  if (typeof value !== 'string' || setting === undefined) return value;
  return readText(name, setting, value);
}

function usage(message: string): GudegError {
  return new GudegError('GUDEG_ERR_INVALID_OPTION', `${message} (see gudeg --help)`);
}
