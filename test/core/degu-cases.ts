import { readFileSync } from 'node:fs';

import { ContentRange, Range } from '../../src/core/http/index.ts';

/** What a function of Degu 0.17 said to its first argument, which stands for bytes in Latin-1. */
export interface DeguCase {
  readonly id: number;
  readonly fn: string;
  readonly args: readonly [string];
  readonly kw: { readonly isresponse?: boolean };
  /** What it gave, with `Range` and `ContentRange` objects; undefined when it raised an error. */
  readonly result: unknown;
}

const url = new URL('../vectors/degu-parse.json', import.meta.url);

/** The recorded cases of one function. */
export function deguCases(fn: string): DeguCase[] {
  const cases = JSON.parse(readFileSync(url, 'utf8'), revive) as DeguCase[];
  return cases.filter((each) => each.fn === fn);
}

function revive(_key: string, value: unknown): unknown {
  const { $range, $contentRange } = (value ?? {}) as {
    $range?: [number, number];
    $contentRange?: [number, number, number];
  };
  // Two recorded numbers are above 2^53-1; the tests that meet them say what we do instead.
  if ($range?.every(Number.isSafeInteger)) return new Range(...$range);
  if ($contentRange?.every(Number.isSafeInteger)) return new ContentRange(...$contentRange);
  return value;
}
