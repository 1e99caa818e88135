import { expect } from 'chai';

import { errorTable } from '../../src/core/errors.ts';
import { projectFiles, textOf } from './tree.ts';

interface Fault {
  readonly code: string;
  readonly status: number;
  readonly text: string;
}

const codes = Object.keys(errorTable);

/** The rows of the engine's own table, `X(BadRequestLine, 400, "…")`. */
function engineFaults(): Fault[] {
  const rows = textOf('native/engine/fault.h').matchAll(/X\((\w+),\s*(\d+),[\s\\]*"([^"]*)"\)/g);
  return [...rows].map(([, name = '', status = '', text = '']) => ({
    code: `GUDEG_ERR_HTTP_${name.replace(/(?<=[a-z0-9])(?=[A-Z])/g, '_').toUpperCase()}`,
    status: Number(status),
    text,
  }));
}

describe('the error table', () => {
  it('stands in docs/errors.md, code by code, in the same words', () => {
    const page = textOf('docs/errors.md');
    const rows = new Map(
      [...page.matchAll(/^\| `(GUDEG_ERR_\w+)` *\| ([^|]*)\| ([^|]*)\|$/gm)].map(
        ([, code = '', status = '', text = '']) => [code, `${status.trim()} ${text.trim()}`],
      ),
    );
    const wanted = new Map(
      Object.entries<{ text: string; status?: number }>(errorTable).map(([code, row]) => [
        code,
        `${row.status ?? '–'} ${row.text}`,
      ]),
    );
    expect([...rows], 'npm run docs:errors writes the page').to.deep.equal([...wanted]);
  });

  it('has the faults of the engine as its GUDEG_ERR_HTTP_ rows, with status and text', () => {
    const rows = Object.entries(errorTable)
      .filter(([code]) => code.startsWith('GUDEG_ERR_HTTP_'))
      .map(([code, row]) => ({ code, status: 'status' in row ? row.status : 0, text: row.text }));
    const byCode = (a: Fault, b: Fault): number => a.code.localeCompare(b.code);
    expect(rows.sort(byCode)).to.deep.equal(engineFaults().sort(byCode));
  });

  it('holds no code that nothing raises', () => {
    const sources = projectFiles('src').filter((path) => path.endsWith('.ts'));
    const text = sources.map(textOf).join('\n');
    const raisedBy = (code: string): number => text.split(new RegExp(`\\b${code}\\b`)).length - 1;
    const unused = codes
      .filter((code) => !code.startsWith('GUDEG_ERR_HTTP_'))
      .filter((code) => raisedBy(code) < 2);
    expect(unused).to.deep.equal([]);
  });

  it('holds every code that the sources mention', () => {
    const mentioned = new Set<string>();
    for (const path of projectFiles('src').filter((each) => each.endsWith('.ts'))) {
      for (const [code] of textOf(path).matchAll(/\bGUDEG_ERR_\w*[A-Z0-9]\b/g)) mentioned.add(code);
    }
    expect([...mentioned].filter((code) => !codes.includes(code))).to.deep.equal([]);
  });
});
