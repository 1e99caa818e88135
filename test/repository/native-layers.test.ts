import { expect } from 'chai';
import { dirname, join, normalize } from 'node:path';

import { projectFiles, textOf } from './tree.ts';

/** Which rows of native/ a row may include, and which headers from outside. */
const mayInclude: Readonly<Record<string, { rows: readonly string[]; system: RegExp }>> = {
  engine: { rows: [], system: /^(c?[a-z_]+|[a-z0-9]+intrin\.h|arm_neon\.h)$/ },
  transport: {
    rows: [],
    system: /^(c?[a-z_]+|uv\.h|[a-z]+\.h|(sys|netinet|arpa|openssl|linux)\/[a-z0-9_]+\.h)$/,
  },
  connection: {
    rows: ['engine', 'transport'],
    system: /^(c?[a-z_]+|uv\.h|[a-z]+\.h|sys\/[a-z]+\.h)$/,
  },
  binding: { rows: ['engine', 'transport', 'connection'], system: /./ },
};
const knowsJavaScript = /^(node_api|js_native_api|napi|v8|node)\.h$/;

interface Include {
  readonly file: string;
  readonly row: string;
  readonly target: string;
  readonly isSystem: boolean;
}

function includes(): Include[] {
  return Object.keys(mayInclude).flatMap((row) =>
    projectFiles(`native/${row}`)
      .filter((file) => /\.(h|cc)$/.test(file))
      .flatMap((file) =>
        [...textOf(file).matchAll(/^#include ([<"])([^>"]+)[>"]/gm)].map(
          ([, quote, target = '']): Include => ({ file, row, target, isSystem: quote === '<' }),
        ),
      ),
  );
}

describe('the layers of native/', () => {
  it('include only rows below themselves', () => {
    const upward = includes().filter(({ file, row, target, isSystem }) => {
      if (isSystem) return false;
      const included = normalize(join(dirname(file), target)).split('/')[1] ?? '';
      return included !== row && mayInclude[row]?.rows.includes(included) !== true;
    });
    expect(upward).to.deep.equal([]);
  });

  it('keep JavaScript out of every row but binding', () => {
    const knowing = includes().filter(
      ({ row, target }) => row !== 'binding' && knowsJavaScript.test(target),
    );
    expect(knowing).to.deep.equal([]);
  });

  it('keep the engine free of libuv and of the operating system', () => {
    const foreign = includes().filter(
      ({ row, target, isSystem }) => isSystem && mayInclude[row]?.system.test(target) !== true,
    );
    expect(foreign).to.deep.equal([]);
  });
});
