import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The folder of the checkout. */
export const root: string = fileURLToPath(new URL('../..', import.meta.url));

/** Folders that hold what tools made or fetched. */
const generated = new Set(['.git', 'node_modules', 'dist', 'build', 'prebuilds', 'coverage']);

/** Paths, relative to the root, of all files under `folders` (`.` is the root) that people wrote. */
export function projectFiles(...folders: string[]): string[] {
  return folders.flatMap((folder) => [...walk(folder)]).sort();
}

function* walk(folder: string): Generator<string> {
  if (!existsSync(join(root, folder))) return;
  for (const entry of readdirSync(join(root, folder), { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isFile()) yield path;
    if (entry.isDirectory() && !generated.has(entry.name)) yield* walk(path);
  }
}

/** The text of one file of the checkout. */
export function textOf(path: string): string {
  return readFileSync(join(root, path), 'utf8');
}

/** Where the links of a Markdown page to other files of the checkout lead, as paths relative to the root. */
export function linkedPaths(page: string): string[] {
  const text = textOf(page).replace(/```[^]*?```/g, '');
  return [...text.matchAll(/\]\(([^)\s]+)\)/g)]
    .map(([, target = '']) => target.replace(/#.*$/, ''))
    .filter((target) => target !== '' && !/^(https?|mailto):/.test(target))
    .map((target) => join(dirname(page), target));
}

/** The part of package.json that the guards read. */
export interface PackageManifest {
  readonly version: string;
  readonly exports: Readonly<Record<string, string | DoorConditions>>;
  readonly scripts: Readonly<Record<string, string>>;
  readonly dependencies?: Readonly<Record<string, string>>;
}

/** Where one door of the package lies: its source, its types, its built code. */
export interface DoorConditions {
  readonly source: string;
  readonly types: string;
  readonly default: string;
}

/** package.json of the checkout. */
export function packageManifest(): PackageManifest {
  return JSON.parse(textOf('package.json')) as PackageManifest;
}
