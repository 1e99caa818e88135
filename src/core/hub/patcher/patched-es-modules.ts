import * as nodeModule from 'node:module';
import { fileURLToPath } from 'node:url';
import type { PatchedCommonJs } from './patched-common-js.ts';

interface Resolved {
  url: string;
  format?: string | null | undefined;
  shortCircuit?: boolean;
}
interface Loaded {
  format: string;
  source: string;
  shortCircuit: true;
}
type Resolve = (specifier: string, context: { parentURL?: string }) => Resolved;
type Load = (url: string, context: object) => Loaded;
interface Hooks {
  resolve: (specifier: string, context: { parentURL?: string }, next: Resolve) => Resolved;
  load: (url: string, context: object, next: Load) => Loaded;
}
const { registerHooks } = nodeModule as unknown as { registerHooks?: (hooks: Hooks) => void };

/** What a copy's address ends with: which copy it belongs to. */
const mark = 'gudeg-copy';
/** The scheme of modules whose exports are objects that exist. */
const scheme = 'gudeg-object:';
/** Where the text of such a module finds them. */
const registry = Symbol.for('gudeg.patchedModules');

/** Copies of ES modules: their addresses bear a mark, and what they import gets it too. */
export class PatchedEsModules {
  static #only: PatchedEsModules | undefined;
  readonly #graphs = new Map<string, PatchedCommonJs>();
  readonly #objects = new Map<string, object>();

  /** The one that this thread has; undefined where Node has no hooks for it. */
  static get(): PatchedEsModules | undefined {
    if (registerHooks === undefined) return undefined;
    PatchedEsModules.#only ??= new PatchedEsModules(registerHooks);
    return PatchedEsModules.#only;
  }

  private constructor(register: (hooks: Hooks) => void) {
    (globalThis as Record<symbol, unknown>)[registry] = this.#objects;
    register({
      resolve: (specifier, context, next) => this.#resolve(specifier, context, next),
      load: (url, context, next) =>
        url.startsWith(scheme) ? this.#loadObject(url) : next(url, context),
    });
  }

  /** The namespace of a new copy of a module; `graph` has the CommonJS modules and the substitutes of the copy. */
  async import(url: string, graph: PatchedCommonJs): Promise<unknown> {
    const id = String(this.#graphs.size + 1);
    this.#graphs.set(id, graph);
    return (await import(`${url}?${mark}=${id}`)) as unknown;
  }

  #resolve(specifier: string, context: { parentURL?: string }, next: Resolve): Resolved {
    const id = new RegExp(`[?&]${mark}=(\\d+)$`).exec(context.parentURL ?? '')?.[1] ?? '';
    const graph = this.#graphs.get(id);
    if (graph === undefined) return next(specifier, context);
    const substitute = graph.substituteFor(specifier);
    if (substitute !== undefined) return this.#object(`${scheme}${id}/${specifier}`, substitute);
    const resolved = next(specifier, context);
    if (!resolved.url.startsWith('file:')) return resolved;
    if (resolved.format === 'commonjs') {
      const exports = graph.load(fileURLToPath(resolved.url));
      return this.#object(`${scheme}${id}/${resolved.url}`, exports as object);
    }
    if (resolved.format !== 'module') return resolved;
    const joint = resolved.url.includes('?') ? '&' : '?';
    return { ...resolved, url: `${resolved.url}${joint}${mark}=${id}` };
  }

  #object(url: string, object: object): Resolved {
    this.#objects.set(url, object);
    return { url, format: 'module', shortCircuit: true };
  }

  #loadObject(url: string): Loaded {
    const names = Object.keys(this.#objects.get(url) ?? {}).filter((name) => name !== 'default');
    const key = JSON.stringify(url);
    const source = [
      `const object = globalThis[Symbol.for(${JSON.stringify(registry.description)})].get(${key});`,
      'export { object as default };',
      ...names.map(
        (name, i) =>
          `const _${i} = object[${JSON.stringify(name)}]; export { _${i} as ${JSON.stringify(name)} };`,
      ),
    ].join('\n');
    return { format: 'module', source, shortCircuit: true };
  }
}
