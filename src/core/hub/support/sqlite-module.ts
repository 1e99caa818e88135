import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { GudegError } from '../../errors.ts';

/**
 * Where better-sqlite3 lies: the one that the program has, by its working directory, before one that lies near
 * gudeg.
 *
 * @throws GudegError GUDEG_ERR_HUB_PEER where there is none, or one that this version of Node cannot load
 */
export function betterSqlite3Path(): string {
  let failure: unknown;
  for (const from of [join(process.cwd(), 'any.js'), import.meta.url]) {
    try {
      const path = createRequire(from).resolve('better-sqlite3');
      checkVersion(path);
      return path;
    } catch (error) {
      if (error instanceof GudegError) throw error;
      failure ??= error;
    }
  }
  throw new GudegError(
    'GUDEG_ERR_HUB_PEER',
    'SqliteDatabase needs the package better-sqlite3, which is not installed; run `npm install better-sqlite3`',
    { cause: failure },
  );
}

/** One that needs a later Node would end the process when it is loaded. */
function checkVersion(path: string): void {
  const text = readFileSync(join(dirname(path), '..', 'package.json'), 'utf8');
  const { version, engines = {} } = JSON.parse(text) as {
    version: string;
    engines?: { node?: string };
  };
  const needed = Number(/^>=\s*(\d+)/.exec(engines.node ?? '')?.[1] ?? 0);
  if (Number(process.versions.node.split('.')[0]) >= needed) return;
  throw new GudegError(
    'GUDEG_ERR_HUB_PEER',
    `better-sqlite3 ${version} needs Node ${needed}, and this is ${process.version}; ` +
      'run `npm install better-sqlite3@12`',
  );
}
