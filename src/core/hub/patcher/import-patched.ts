import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';
import { GudegError, invalidArgType } from '../../errors.ts';
import { isEsModule } from './is-es-module.ts';
import { greenCopies, type PatchName } from './monkey-patch.ts';
import { PatchedCommonJs } from './patched-common-js.ts';
import { PatchedEsModules } from './patched-es-modules.ts';

/** What takes the place of modules, by their names as they are imported. */
export type Substitutes = Readonly<Record<string, object>>;

/**
 * Imports a copy of a module that has green calls, and leaves everything else as it is: in it, and in what it
 * imports, `fs`, `child_process`, `zlib` and `crypto` are what `monkeyPatch` makes of them. Each call makes a new
 * copy. Native addons, JSON files and the rest of Node's library are shared with the program.
 *
 * ES modules can be copied on Node 22.15 and later (`module.registerHooks`), CommonJS modules everywhere.
 *
 * @param parent whose import this stands for, usually `import.meta.url`
 * @param some parts; without any, all that are modules
 * @returns the module's namespace; of a CommonJS module its exports, also as `default`
 * @throws GudegError GUDEG_ERR_HUB_STATE for an ES module where it cannot be copied
 */
export async function importPatched<T = Record<string, unknown>>(
  specifier: string,
  parent: string | URL,
  ...some: PatchName[]
): Promise<T> {
  return await inject<T>(specifier, parent, greenCopies(some));
}

/**
 * Imports a copy of a module in which others take the place of what it imports: it, and what it imports, sees them
 * under the names of `substitutes`. guv's `inject`.
 *
 * @param substitutes for each name what is got instead: exports of a CommonJS module, properties of an ES module
 */
export async function inject<T = Record<string, unknown>>(
  specifier: string,
  parent: string | URL,
  substitutes: Substitutes,
): Promise<T> {
  if (typeof specifier !== 'string') throw invalidArgType('specifier', 'a string', specifier);
  const path = createRequire(parent).resolve(specifier);
  const named = new Map(Object.entries(substitutes).map(([name, each]) => [plainName(name), each]));
  const commonJs = new PatchedCommonJs((name) => named.get(plainName(name)));
  if (!isEsModule(path)) {
    const exports = commonJs.load(path) as object;
    return { ...exports, default: exports } as T;
  }
  const esModules = PatchedEsModules.get();
  if (esModules === undefined) {
    throw new GudegError(
      'GUDEG_ERR_HUB_STATE',
      `A copy of the ES module ${specifier} needs Node 22.15 or later; this is ${process.version}, ` +
        'where monkeyPatch() patches Node for the whole program',
    );
  }
  return (await esModules.import(pathToFileURL(path).href, commonJs)) as T;
}

/** `node:fs` and `fs` are one. */
function plainName(name: string): string {
  return name.replace(/^node:/, '');
}
