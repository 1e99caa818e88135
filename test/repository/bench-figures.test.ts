import { expect } from 'chai';
import { format, resolveConfig } from 'prettier';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

import { root, textOf } from './tree.ts';

interface Row {
  peer: string;
  version: string;
  main: number;
}
interface Published {
  scenario: string;
  date: string;
  machine: string;
  rounds: number;
  rows: Row[];
}
interface Runner {
  mergePublished: (
    older: Published[],
    newer: Published[],
  ) => { entries: Published[]; kept: { scenario: string; missing: string[] }[] };
  markdownTables: (entries: Published[], scenarios: unknown[], peers: unknown[]) => string;
  scenarios: unknown[];
  peers: unknown[];
}

const load = (path: string): Promise<Runner> =>
  import(pathToFileURL(join(root, 'bench', path)).href) as Promise<Runner>;
const entry = (scenario: string, date: string, ...peers: string[]): Published => ({
  scenario,
  date,
  machine: 'a machine',
  rounds: 5,
  rows: peers.map((peer, i) => ({ peer, version: '', main: i + 1 })),
});

describe('the published figures of the benchmark', () => {
  it('stand in the README as they stand in bench/published.json', async () => {
    const entries = JSON.parse(textOf('bench/published.json')) as Published[];
    const { markdownTables } = await load('runner/markdown-tables.js');
    const { scenarios } = await load('scenarios/index.js');
    const { peers } = await load('peers/index.js');
    const filepath = join(root, 'README.md');
    const options = { ...(await resolveConfig(filepath)), filepath };
    const tables = await format(markdownTables(entries, scenarios, peers), options);
    expect(tables).to.match(/one connection, TCP[^]*idle connections/);
    expect(textOf('README.md')).to.include(`<!-- bench:begin -->\n\n${tables}\n<!-- bench:end -->`);
  });

  it('stay where a run lacks their scenario, each with the date of its own run', async () => {
    const { mergePublished } = await load('runner/published.js');
    const older = [entry('hello', '2026-01-01', 'floor'), entry('idle', '2026-01-01', 'floor')];
    const newer = entry('hello', '2026-02-02', 'floor', 'gudeg');
    const { entries, kept } = mergePublished(older, [newer]);
    expect(entries).to.deep.equal([newer, older[1]]);
    expect(kept).to.deep.equal([]);

    const { markdownTables } = await load('runner/markdown-tables.js');
    const { scenarios } = await load('scenarios/index.js');
    const { peers } = await load('peers/index.js');
    const lines = markdownTables(entries, scenarios, peers).split('\n');
    const shown = lines.filter((line) => /^(Measured|CPU|Memory)/.test(line));
    expect(shown.map((line) => line.split(/[,:]/)[0])).to.deep.equal([
      'Measured on 2026-02-02',
      'CPU time of the server process per request',
      'Measured on 2026-01-01',
      'Memory per idle connection',
    ]);
  });

  it('stay where a run measured fewer peers', async () => {
    const { mergePublished } = await load('runner/published.js');
    const older = [entry('hello', '2026-01-01', 'floor', 'gudeg', 'bun')];
    const { entries, kept } = mergePublished(older, [entry('hello', '2026-02-02', 'floor')]);
    expect(entries).to.deep.equal(older);
    expect(kept).to.deep.equal([{ scenario: 'hello', missing: ['gudeg', 'bun'] }]);
  });

  it('appear where nothing was known of a scenario', async () => {
    const { mergePublished } = await load('runner/published.js');
    const newer = [entry('post', '2026-02-02', 'floor')];
    expect(mergePublished([], newer)).to.deep.equal({ entries: newer, kept: [] });
  });
});
