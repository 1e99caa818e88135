import { expect } from 'chai';

import { completeServerOptions } from '../../src/core/server/server-options.ts';
import { textOf } from './tree.ts';

type Row = readonly [option: string, rfc: string, degu: string];

/** The rows of the table of options in docs/server.md. */
function documented(): Row[] {
  const rows = textOf('docs/server.md').matchAll(/^\| `(\w+)` +\| ([^|]*)\| ([^|]*)\|[^|]*\|$/gm);
  return [...rows].map(([, option = '', rfc = '', degu = '']): Row => [
    option,
    rfc.trim(),
    degu.trim(),
  ]);
}

function shown(value: unknown): string {
  if (Array.isArray(value)) return value.map((each) => `\`${String(each)}\``).join(', ');
  if (value === Number.MAX_SAFE_INTEGER) return '2^53−1';
  return typeof value === 'string' ? `\`'${value}'\`` : String(value);
}

describe('docs/server.md', () => {
  it('has every option of the server with its defaults in both profiles', () => {
    const rfc = Object.entries(completeServerOptions({ profile: 'rfc' }));
    const degu = new Map(Object.entries(completeServerOptions({ profile: 'degu' })));
    const wanted = rfc.map(([option, value]): Row =>
      option === 'timeoutMs' ? [option, '', ''] : [option, shown(value), shown(degu.get(option))],
    );
    const byOption = ([a]: Row, [b]: Row): number => a.localeCompare(b);
    expect(documented().sort(byOption)).to.deep.equal(wanted.sort(byOption));
  });
});
