import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describeValue } from '../../core/errors.ts';
import { GudegError } from '../../core/index.ts';
import { parseTarget } from './app-target.ts';
import { locateSyntaxError } from './locate-syntax-error.ts';

/** What a target names, with words for messages. */
export interface LoadedTarget {
  readonly value: unknown;
  /** `the export default of app.js` or `what app.js:create() gave`. */
  readonly description: string;
}

/**
 * Imports `MODULE[:EXPORT]`, a file or package and one of its exports (`default` unless named), and calls
 * the export where the target has arguments.
 * @throws GUDEG_ERR_APP_LOAD saying what is missing; whatever the module itself throws is its `cause`
 */
export async function loadTarget(target: string): Promise<LoadedTarget> {
  const { module, exportName, callArguments } = parseTarget(target);
  const exports = await importModule(module);
  const exported = exports[exportName];
  if (exported === undefined) {
    const names = Object.keys(exports).filter((each) => exports[each] !== undefined);
    const found = names.length === 0 ? 'nothing' : names.join(', ');
    throw loadError(`${module} has no export ${exportName}; it exports ${found}`);
  }
  if (callArguments === null) {
    return { value: exported, description: `the export ${exportName} of ${module}` };
  }
  if (typeof exported !== 'function') {
    throw loadError(
      `the export ${exportName} of ${module} must be a function to be called; got ${describeValue(exported)}`,
    );
  }
  try {
    const value: unknown = await (exported as (...given: unknown[]) => unknown)(...callArguments);
    return { value, description: `what ${target} gave` };
  } catch (cause) {
    throw loadError(`${target} failed: ${text(cause)}`, cause);
  }
}

/**
 * Imports a file or a package.
 * @throws GUDEG_ERR_APP_LOAD
 */
export async function importModule(module: string): Promise<Record<string, unknown>> {
  const isFile = /^\.{0,2}\//.test(module) || existsSync(module);
  if (!isFile && /\.[cm]?[jt]s$/.test(module)) {
    throw loadError(`${module} does not exist in ${process.cwd()}`);
  }
  const specifier = isFile ? pathToFileURL(resolve(module)).href : module;
  try {
    return (await import(specifier)) as Record<string, unknown>;
  } catch (cause) {
    await locateSyntaxError(cause, specifier);
    const { code } = cause as NodeJS.ErrnoException;
    const cure =
      code === 'ERR_UNKNOWN_FILE_EXTENSION' && /\.[cm]?tsx?$/.test(module)
        ? '; this Node reads no TypeScript: use Node 22.18 or newer, or --node-option=--import=tsx'
        : '';
    throw loadError(`${module} cannot be imported: ${text(cause)}${cure}`, cause);
  }
}

function text(cause: unknown): string {
  return cause instanceof Error ? cause.message : describeValue(cause);
}

function loadError(message: string, cause?: unknown): GudegError {
  return new GudegError('GUDEG_ERR_APP_LOAD', message, { cause });
}
