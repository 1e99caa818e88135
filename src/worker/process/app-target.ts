import { existsSync } from 'node:fs';
import { GudegError } from '../../core/index.ts';

/** `MODULE[:EXPORT]` or `MODULE:FACTORY(argument, name=argument)` taken apart. */
export interface AppTarget {
  readonly module: string;
  readonly exportName: string;
  /** What to call the export with; null = it is the app itself. Named arguments come last, as one object. */
  readonly callArguments: readonly unknown[] | null;
}

const literal =
  /\s*(?:([A-Za-z_$][\w$]*)\s*=\s*)?("(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'|[^,()\s'"]+)\s*(?:,|$)/y;

/**
 * Takes `app.js:create(2, name='x')` apart.
 * @throws GUDEG_ERR_APP_LOAD
 */
export function parseTarget(target: string): AppTarget {
  const call = /^(.+):([A-Za-z_$][\w$]*)\((.*)\)$/s.exec(target);
  if (call !== null) {
    const [, module = '', exportName = '', text = ''] = call;
    return { module, exportName, callArguments: parseArguments(target, text) };
  }
  // The last colon separates the export, unless it belongs to a path such as `C:\app.js` or `node:x`.
  const named = /^(.+):([A-Za-z_$][\w$]*)$/.exec(target);
  if (named === null || existsSync(target)) {
    return { module: target, exportName: 'default', callArguments: null };
  }
  const [, module = target, exportName = 'default'] = named;
  return { module, exportName, callArguments: null };
}

function parseArguments(target: string, text: string): unknown[] {
  const positional: unknown[] = [];
  const named: Record<string, unknown> = {};
  let at = 0;
  while (text.slice(at).trim() !== '') {
    literal.lastIndex = at;
    const found = literal.exec(text);
    if (found === null) {
      throw new GudegError(
        'GUDEG_ERR_APP_LOAD',
        `${target}: arguments are numbers, texts in quotes, true, false and null, perhaps with NAME= before them; got ${text.slice(at)}`,
      );
    }
    const [, name, value = ''] = found;
    if (name === undefined) positional.push(readLiteral(target, value));
    else named[name] = readLiteral(target, value);
    at = literal.lastIndex;
  }
  return Object.keys(named).length === 0 ? positional : [...positional, named];
}

function readLiteral(target: string, text: string): unknown {
  if (text.startsWith('"') || text.startsWith("'"))
    return text.slice(1, -1).replace(/\\(.)/g, '$1');
  const words: Readonly<Record<string, unknown>> = { true: true, false: false, null: null };
  if (text in words) return words[text];
  const number = Number(text);
  if (!Number.isNaN(number)) return number;
  throw new GudegError(
    'GUDEG_ERR_APP_LOAD',
    `${target}: ${text} is no number, true, false or null; a text needs quotes`,
  );
}
