import { readFileSync } from 'node:fs';

import { expect } from 'chai';

import { askProbe, quoteBigIntegers, type ProbeAnswer } from './engine-probe.ts';

interface ParseCase {
  id: number;
  fn: string;
  args: string[];
  kw: { isresponse?: boolean };
  ok: boolean;
  result?: unknown;
}

interface Deviation {
  reason: string;
  /** Whether a case that Degu accepted is refused for this reason. */
  applies: (text: string, fn: string) => boolean;
  /** The cases of degu-parse.json that it changes. */
  ids: number[];
}

const headerNames = (text: string): string[] =>
  [...text.matchAll(/^([-0-9A-Za-z]+): /gm)].map(([, name = '']) => name.toLowerCase());

const deviations: Deviation[] = [
  {
    reason: 'A repeated field is always refused; Degu took some whose values were equal.',
    applies: (text) => new Set(headerNames(text)).size < headerNames(text).length,
    ids: [181],
  },
  {
    reason: 'The path component `..` is refused, as in Degu 0.19.',
    applies: (text, fn) =>
      /uri|request/.test(fn) && /(?:^|^[A-Z]+ )\/(?:[^?\s]*\/)?\.\.(?=[/?\s]|$)/.test(text),
    ids: [41, 43],
  },
  {
    reason: 'A content-length above 2^53-1 is refused: JavaScript cannot count it.',
    applies: (text, fn) =>
      (fn === 'parse_content_length' ? [text] : text.split('\r\n')).some((line) => {
        const digits = /^(?:content-length: )?(\d{16})$/i.exec(line)?.[1];
        return digits !== undefined && BigInt(digits) > BigInt(Number.MAX_SAFE_INTEGER);
      }),
    ids: [167],
  },
];

const ownFile = new URL('../vectors/degu-parse.json', import.meta.url);
const otherFile = process.env['GUDEG_VECTORS'];
const cases = JSON.parse(
  quoteBigIntegers(readFileSync(otherFile ?? ownFile, 'utf8')),
) as ParseCase[];

function deviationOf({ fn, args, ok }: ParseCase): Deviation | undefined {
  return ok ? deviations.find(({ applies }) => applies(args.join('\r\n'), fn)) : undefined;
}

function title(parseCase: ParseCase): string {
  const { id, fn, args, ok } = parseCase;
  const shown = JSON.stringify(args.join(', '));
  const call = `${fn}(${shown.length > 60 ? `${shown.slice(0, 60)}…` : shown})`;
  const accepted = ok && deviationOf(parseCase) === undefined;
  return `${accepted ? 'takes' : 'refuses'} ${call}, case ${id}`;
}

describe('the degu profile', () => {
  let answers: ProbeAnswer[] = [];

  before(function () {
    this.timeout(300_000);
    answers = askProbe(
      cases.map(({ fn, args, kw }) => ({ fn, args: kw.isresponse ? [...args, '1'] : args })),
    );
  });

  cases.forEach((parseCase, index) => {
    it(title(parseCase), () => {
      const answer = answers[index];
      if (parseCase.ok && deviationOf(parseCase) === undefined) {
        expect(answer).to.deep.equal({ ok: true, result: parseCase.result });
      } else {
        expect(answer).to.have.property('ok', false);
        expect(answer)
          .to.have.property('fault')
          .that.matches(/^[A-Z]/);
      }
    });
  });

  if (otherFile === undefined) {
    it('deviates from Degu in the listed cases and no others', () => {
      for (const deviation of deviations) {
        const ids = cases.filter((one) => deviationOf(one) === deviation).map(({ id }) => id);
        expect(ids, deviation.reason).to.deep.equal(deviation.ids);
      }
    });
  }
});
