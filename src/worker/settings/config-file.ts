import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { GudegError } from '../../core/index.ts';
import { locateSyntaxError } from '../process/locate-syntax-error.ts';
import { checkGiven, type GivenSettings } from './complete-settings.ts';

const NAMES = ['gudeg.config.js', 'gudeg.config.mjs', 'gudeg.config.ts'];

/**
 * The configuration file to load: the one that was asked for, or one of the usual names in `folder`;
 * null when there is none.
 * @throws GUDEG_ERR_CONFIG when the one asked for is not there
 */
export function findConfigFile(asked: string | null, folder: string): string | null {
  if (asked === null) {
    return NAMES.map((name) => resolve(folder, name)).find((path) => existsSync(path)) ?? null;
  }
  const path = resolve(folder, asked);
  if (existsSync(path)) return path;
  throw new GudegError(
    'GUDEG_ERR_CONFIG',
    `the configuration file ${asked} does not exist in ${folder}`,
  );
}

/**
 * Imports a configuration file: its default export is an object of settings, or a function that gives
 * one, perhaps by a promise. Each call reads the file anew.
 * @throws GUDEG_ERR_CONFIG, GUDEG_ERR_INVALID_OPTION
 */
export async function loadConfigFile(path: string, revision: number): Promise<GivenSettings> {
  let exported: unknown;
  const url = pathToFileURL(path);
  try {
    if (revision > 0) url.searchParams.set('revision', String(revision));
    exported = ((await import(url.href)) as { default?: unknown }).default;
    if (typeof exported === 'function') exported = await (exported as () => unknown)();
  } catch (cause) {
    await locateSyntaxError(cause, url.href);
    throw new GudegError('GUDEG_ERR_CONFIG', `${path} cannot be loaded: ${String(cause)}`, {
      cause,
    });
  }
  if (typeof exported !== 'object' || exported === null) {
    throw new GudegError(
      'GUDEG_ERR_CONFIG',
      `${path} must have a default export: an object of settings, or a function that gives one`,
    );
  }
  try {
    return checkGiven(exported as Record<string, unknown>);
  } catch (cause) {
    throw new GudegError('GUDEG_ERR_CONFIG', `${path}: ${(cause as Error).message}`, { cause });
  }
}
