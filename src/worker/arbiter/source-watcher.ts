import { existsSync, type Stats } from 'node:fs';
import { dirname, extname, join, relative, resolve, sep } from 'node:path';
import type { FSWatcher } from 'chokidar';
import { parseTarget } from '../process/app-target.ts';
import type { LoadedSettings } from '../settings/load-settings.ts';

/** What an app is made of; changes of other files, such as logs, are no reason to load it again. */
const SOURCE_EXTENSIONS: ReadonlySet<string> = new Set(
  '.js .mjs .cjs .jsx .ts .mts .cts .tsx .json .node .wasm'.split(' '),
);

/** Editors and compilers write several files; they come together. */
const QUIET_MS = 100;

/** Watches the files of an app, for development (`--reload`). */
export class SourceWatcher {
  readonly #sources: FSWatcher;
  readonly #extras: FSWatcher;
  readonly #onChange: (files: readonly string[]) => void;
  readonly #changedFiles = new Set<string>();
  #timer: NodeJS.Timeout | undefined;

  private constructor(
    sources: FSWatcher,
    extras: FSWatcher,
    onChange: (files: readonly string[]) => void,
  ) {
    this.#sources = sources;
    this.#extras = extras;
    this.#onChange = onChange;
    for (const watcher of [sources, extras]) {
      watcher.on('all', (_, file) => {
        this.#changed(file);
      });
    }
  }

  /**
   * Resolves when every change is seen: of sources in the project's folder, without `node_modules` and what
   * begins with a dot; of the configuration file; of `reloadExtraFiles`, which may be folders.
   *
   * @param folder the working folder of the arbiter
   * @param onChange is called with the files that changed
   */
  static async start(
    { settings, target, configFile }: LoadedSettings,
    folder: string,
    onChange: (files: readonly string[]) => void,
  ): Promise<SourceWatcher> {
    // Only who develops needs it.
    const { watch } = await import('chokidar');
    const project = projectFolder(resolve(folder, settings.chdir ?? ''), target);
    const options = { ignoreInitial: true };
    const sources = watch(project, {
      ...options,
      ignored: (path, stats) => isOther(project, path, stats),
    });
    const extraFiles = settings.reloadExtraFiles.map((file) => resolve(folder, file));
    const extras = watch(configFile === null ? extraFiles : [configFile, ...extraFiles], options);
    await Promise.all([sources, extras].map((watcher) => isReady(watcher)));
    return new SourceWatcher(sources, extras, onChange);
  }

  #changed(file: string): void {
    this.#changedFiles.add(file);
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      const files = [...this.#changedFiles];
      this.#changedFiles.clear();
      this.#onChange(files);
    }, QUIET_MS);
  }

  async close(): Promise<void> {
    clearTimeout(this.#timer);
    await Promise.all([this.#sources.close(), this.#extras.close()]);
  }
}

/** The nearest folder above the app's module that has a package.json, or the module's own. */
function projectFolder(workingFolder: string, target: string): string {
  const file = resolve(workingFolder, parseTarget(target).module);
  if (!existsSync(file)) return workingFolder;
  const own = dirname(file);
  for (let at = own; ; at = dirname(at)) {
    if (existsSync(join(at, 'package.json'))) return at;
    if (at === dirname(at)) return own;
  }
}

function isOther(project: string, path: string, stats: Stats | undefined): boolean {
  const parts = relative(project, path).split(sep);
  if (parts.some((part) => part === 'node_modules' || (part.startsWith('.') && part !== '.'))) {
    return true;
  }
  return stats?.isFile() === true && !SOURCE_EXTENSIONS.has(extname(path));
}

function isReady(watcher: FSWatcher): Promise<void> {
  return new Promise((resolved) => {
    watcher.once('ready', () => {
      resolved();
    });
  });
}
