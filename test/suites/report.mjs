// Shows what the runs of the suites came to, and keeps the figures for docs/compatibility.md.
import { readFileSync, writeFileSync } from 'node:fs';
import { count } from './compare.mjs';
import { suites } from './suites.mjs';

const resultsPath = new URL('results.json', import.meta.url);

/** A line for each test that differs; `withErrors` adds what it failed with. */
export function printDifferences(name, differences, isExpected, unsteady, withErrors) {
  for (const difference of differences) {
    const { test, baseline, ours, error } = difference;
    const label =
      ours === 'passed'
        ? 'passes only on ours'
        : isExpected(difference)
          ? 'expected'
          : 'UNEXPECTED';
    process.stdout.write(`${label}: ${name}: ${test} (${baseline} -> ${ours})\n`);
    if (withErrors && error) process.stdout.write(`    ${error.replaceAll('\n', '\n    ')}\n`);
  }
  for (const test of unsteady) process.stdout.write(`unsteady: ${name}: ${test}\n`);
}

/** One row for each suite. */
export function printTable(rows) {
  const header = ['suite', 'version', 'tests', 'node:http', 'ours', 'expected', 'unexpected'];
  const lines = rows.map(({ name, tag, baseline, ours, differences, unexpected }) => [
    name,
    tag,
    baseline.tests.size,
    count(baseline.tests, 'passed'),
    ours ? count(ours, 'passed') : '-',
    differences.filter((d) => d.ours !== 'passed').length - unexpected.filter((d) => d.ours).length,
    unexpected.length,
  ]);
  const cells = [header, ...lines].map((line) => line.map(String));
  const widths = header.map((_, column) => Math.max(...cells.map((line) => line[column].length)));
  const align = (cell, column) =>
    column < 2 ? cell.padEnd(widths[column]) : cell.padStart(widths[column]);
  process.stdout.write(`\n${cells.map((line) => line.map(align).join('  ')).join('\n')}\n`);
}

/** Puts the figures of `rows` into results.json; other suites keep theirs. */
export function record(rows) {
  const kept = new Map(JSON.parse(readFileSync(resultsPath, 'utf8')).map((r) => [r.suite, r]));
  for (const { name, tag, baseline, ours } of rows) {
    kept.set(name, {
      suite: name,
      version: tag,
      tests: baseline.tests.size,
      passOnNode: count(baseline.tests, 'passed'),
      passOnOurs: count(ours, 'passed'),
      node: process.version,
    });
  }
  const ordered = Object.keys(suites).flatMap((name) => kept.get(name) ?? []);
  writeFileSync(resultsPath, `${JSON.stringify(ordered, null, 2)}\n`);
}
