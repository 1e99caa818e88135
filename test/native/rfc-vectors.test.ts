import { readdirSync, readFileSync } from 'node:fs';

import { expect } from 'chai';

import { askProbe, type ProbeAnswer } from './engine-probe.ts';

interface Vector {
  title: string;
  options: string;
  input: string;
  log: string;
}

const folder = new URL('../vectors/rfc/', import.meta.url);
const controls = new Map([
  ['r', '\r'],
  ['n', '\n'],
  ['t', '\t'],
  ['s', ' '],
  ['\\', '\\'],
]);

/** The bytes, one per character, that an `http` block stands for; see ../vectors/README.md. */
function unescapeInput(block: string): string {
  return block
    .split('\n')
    .map((line) => {
      const open = /(?<!\\)(?:\\\\)*\\$/.test(line);
      const text = (open ? line.slice(0, -1) : line).replace(
        /\\(?:x([0-9a-f]{2})|(.))/g,
        (escape, hex: string | undefined, letter: string) => {
          if (hex !== undefined) return String.fromCharCode(parseInt(hex, 16));
          const control = controls.get(letter);
          if (control === undefined) throw new Error(`unknown escape ${escape} in: ${line}`);
          return control;
        },
      );
      return open ? text : `${text}\r\n`;
    })
    .join('');
}

function readVectors(name: string): Vector[] {
  const text = readFileSync(new URL(name, folder), 'utf8');
  const sections = text.split(/^## /m).slice(1);
  return sections.map((section) => {
    const form = /^(.+)\n\n```http(?: (.+))?\n([^]*?)\n```\n\n```log\n([^]*?)```\n/.exec(section);
    if (form === null) throw new Error(`${name}: a malformed case: ${section}`);
    const [, title = '', options = '', input = '', log = ''] = form;
    return { title, options, input: unescapeInput(input), log };
  });
}

describe('the RFC profile', () => {
  const names = readdirSync(folder).filter((name) => name.endsWith('.md'));
  const files = names.map((name) => ({ name, vectors: readVectors(name) }));
  const answers = new Map<Vector, ProbeAnswer | undefined>();

  before(function () {
    this.timeout(300_000);
    const all = files.flatMap(({ vectors }) => vectors);
    const given = askProbe(
      all.map(({ options, input }) => ({ fn: 'transcribe', args: [options, input] })),
    );
    all.forEach((vector, index) => answers.set(vector, given[index]));
  });

  it('has a good number of vectors', () => {
    expect(files.flatMap(({ vectors }) => vectors).length).to.be.at.least(250);
  });

  for (const { name, vectors } of files) {
    describe(name, () => {
      for (const vector of vectors) {
        it(vector.title, () => {
          expect(answers.get(vector)).to.deep.equal({
            ok: true,
            result: { whole: vector.log, mismatch: '' },
          });
        });
      }
    });
  }
});
