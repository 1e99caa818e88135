import Module, { createRequire } from 'node:module';
import { dirname, extname } from 'node:path';
import { isEsModule } from './is-es-module.ts';

/** What node:module keeps to itself. */
interface CommonJsModule {
  exports: unknown;
  filename: string;
  paths: string[];
  loaded: boolean;
  require: (request: string) => unknown;
  load: (path: string) => void;
}
const NodeModule = Module as unknown as {
  new (id: string): CommonJsModule;
  _nodeModulePaths: (folder: string) => string[];
};

/** Copies of CommonJS modules that require each other's copies, and substitutes in place of some modules. */
export class PatchedCommonJs {
  readonly substituteFor: (name: string) => object | undefined;
  readonly #copies = new Map<string, CommonJsModule>();

  constructor(substituteFor: (name: string) => object | undefined) {
    this.substituteFor = substituteFor;
  }

  /** The exports of the copy of a file. */
  load(path: string): unknown {
    const known = this.#copies.get(path);
    if (known !== undefined) return known.exports;
    const copy = new NodeModule(path);
    copy.filename = path;
    copy.paths = NodeModule._nodeModulePaths(dirname(path));
    copy.require = (request) => this.#require(request, path);
    // Before it runs, for those that require each other in a circle.
    this.#copies.set(path, copy);
    try {
      copy.load(path);
    } catch (error) {
      this.#copies.delete(path);
      throw error;
    }
    return copy.exports;
  }

  #require(request: string, parent: string): unknown {
    const substitute = this.substituteFor(request);
    if (substitute !== undefined) return substitute;
    const require = createRequire(parent);
    const path = require.resolve(request);
    const isCopied = ['.js', '.cjs'].includes(extname(path)) && !isEsModule(path);
    return isCopied ? this.load(path) : (require(request) as unknown);
  }
}
