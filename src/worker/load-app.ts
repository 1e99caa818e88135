import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describeValue } from '../core/errors.ts';
import { GudegError, type App } from '../core/index.ts';

/**
 * Imports `MODULE[:EXPORT]`, a file or package and one of its exports (`default` unless named), which
 * must be an RGI app.
 * @throws GUDEG_ERR_APP_LOAD saying what is missing; whatever the module itself throws is its `cause`
 */
export async function loadApp(target: string): Promise<App> {
  const { module, name } = splitTarget(target);
  const isFile = /^\.{0,2}\//.test(module) || existsSync(module);
  if (!isFile && /\.[cm]?[jt]s$/.test(module)) {
    throw loadError(`${module} does not exist in ${process.cwd()}`);
  }
  let exports: Record<string, unknown>;
  try {
    const specifier = isFile ? pathToFileURL(resolve(module)).href : module;
    exports = (await import(specifier)) as Record<string, unknown>;
  } catch (cause) {
    const text = cause instanceof Error ? cause.message : describeValue(cause);
    throw loadError(`${module} cannot be imported: ${text}`, cause);
  }
  const app = exports[name];
  if (typeof app === 'function') return app as App;
  const functions = Object.keys(exports).filter((each) => typeof exports[each] === 'function');
  const found = functions.length === 0 ? 'no function' : functions.join(', ');
  throw loadError(
    app === undefined
      ? `${module} has no export ${name}; it exports ${found}`
      : `the export ${name} of ${module} must be a function (session, request, api) => response; got ${describeValue(app)}`,
  );
}

/** The last colon separates the export, unless it belongs to a path such as `C:\app.js` or `node:x`. */
function splitTarget(target: string): { module: string; name: string } {
  const match = /^(.+):([A-Za-z_$][\w$]*)$/.exec(target);
  if (match === null || existsSync(target)) return { module: target, name: 'default' };
  return { module: match[1] ?? target, name: match[2] ?? 'default' };
}

function loadError(message: string, cause?: unknown): GudegError {
  return new GudegError('GUDEG_ERR_APP_LOAD', message, { cause });
}
