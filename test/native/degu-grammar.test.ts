import { readFileSync } from 'node:fs';

import { expect } from 'chai';

import { deguGrammar } from './degu-grammar.ts';
import { askProbe, type ProbeCall } from './engine-probe.ts';

interface Recorded {
  readonly fn: string;
  readonly args: readonly string[];
  readonly kw: { readonly isresponse?: boolean };
}

const url = new URL('../vectors/degu-parse.json', import.meta.url);
const recorded = JSON.parse(readFileSync(url, 'utf8')) as Recorded[];
const seeds: ProbeCall[] = recorded.map(({ fn, args, kw }) => ({
  fn,
  args: kw.isresponse === true ? [...args, '1'] : args,
}));

const everyByte = Array.from({ length: 256 }, (_, code) => String.fromCharCode(code));
/** What tells parsers apart when it stands in the wrong place. */
const fragments = [
  ...[
    '\r\n',
    '\r',
    '\n',
    ' ',
    '\t',
    ': ',
    ':',
    ';',
    '=',
    '-',
    ',',
    '/',
    '//',
    '/..',
    '?',
    '%',
    '*',
  ],
  ...['0', '1', '9', 'a', 'F', '_', '"', '\0', '\x7f', '\x80', '\xff', 'chunked', 'HTTP/1.1'],
  ...['content-length: 1\r\n', 'range: bytes=0-0\r\n', 'ffffff', '9999999999999998'],
];

/** Numbers below a limit, the same each time: a fault that is found stays found. */
function newRandom(): (limit: number) => number {
  let state = 1n;
  return (limit) => {
    state = (state * 6364136223846793005n + 1442695040888963407n) % 2n ** 64n;
    return Number(state >> 40n) % limit;
  };
}

/** The text with a piece put in, taken out or replaced, up to three times. */
function mutate(text: string, below: (limit: number) => number): string {
  let given = text;
  for (let times = 1 + (below(4) >> 1); times > 0; times--) {
    const at = below(given.length + 1);
    const piece = fragments[below(fragments.length)] ?? '';
    const [inserted, removed] = [
      [piece, 0],
      ['', 1],
      [piece, 1],
    ][below(3)] as [string, number];
    given = given.slice(0, at) + inserted + given.slice(at + removed);
  }
  return given;
}

/** A call with the text of another: a request's line, fields or body is what is varied. */
function withText(call: ProbeCall, change: (text: string) => string): ProbeCall {
  const index = call.fn === 'parse_response' ? 1 : 0;
  return { fn: call.fn, args: call.args.map((text, at) => (at === index ? change(text) : text)) };
}

function expected({ fn, args }: ProbeCall): unknown {
  try {
    return deguGrammar[fn]?.(args[0] ?? '', args[1] ?? '');
  } catch (error) {
    if (error instanceof SyntaxError) return 'refused';
    throw error;
  }
}

/** Asks the engine, and compares; most of the calls have to be of either kind to mean something. */
function compare(calls: readonly ProbeCall[]): void {
  const answers = askProbe(calls);
  let accepted = 0;
  calls.forEach((call, index) => {
    const answer = answers[index] as { ok: boolean; result?: unknown };
    const given = answer.ok ? answer.result : 'refused';
    if (answer.ok) accepted++;
    expect(given, JSON.stringify(call).slice(0, 500)).to.deep.equal(expected(call));
  });
  expect(accepted).to.be.within(calls.length / 20, (calls.length * 19) / 20);
}

describe('the degu profile agrees with its grammar', function () {
  this.timeout(300_000);

  it('on the recorded cases', () => {
    compare(seeds);
  });

  it('on every byte, put into each short one of them', () => {
    const below = newRandom();
    const short = seeds.filter(({ args }) => args.join('').length < 60);
    compare(
      short.flatMap((call) =>
        everyByte.map((byte) => withText(call, (text) => splice(text, byte, below(3)))),
      ),
    );
  });

  it('on ten thousand that differ a little from them', () => {
    const below = newRandom();
    const calls = Array.from({ length: 10_000 }, (_, index) =>
      withText(seeds[index % seeds.length] as ProbeCall, (text) => mutate(text, below)),
    );
    compare(calls);
  });
});

function splice(text: string, byte: string, place: number): string {
  const at = [0, text.length >> 1, text.length][place] ?? 0;
  return text.slice(0, at) + byte + text.slice(at);
}
