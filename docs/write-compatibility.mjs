// Writes the tables of docs/compatibility.md from the tests: `npm run docs:compatibility`.
import { readFileSync, writeFileSync } from 'node:fs';
import { format, resolveConfig } from 'prettier';

import { deviations } from '../test/core/node-http/differential/deviations.ts';
import { expectedDifferences } from '../test/suites/expected-differences.mjs';

const page = new URL('compatibility.md', import.meta.url);
const results = JSON.parse(
  readFileSync(new URL('../test/suites/results.json', import.meta.url), 'utf8'),
);

const table = (header, rows) =>
  rows.length === 0
    ? 'None.'
    : [header, header.map(() => '---'), ...rows]
        .map((row) => `| ${row.map((cell) => String(cell).replaceAll('|', '\\|')).join(' | ')} |`)
        .join('\n');

const sections = {
  suites: table(
    ['suite', 'version', 'tests', 'pass on node:http', 'pass on gudeg/node-http', 'Node'],
    results.map((r) => [r.suite, r.version, r.tests, r.passOnNode, r.passOnOurs, r.node]),
  ),
  differences: table(
    ['suite', 'test', 'reason'],
    expectedDifferences.map(({ suite, test, reason }) => [suite, test, reason]),
  ),
  deviations: table(
    ['case', 'what happens here, and why'],
    deviations.map(({ title, reason, majors }) => [
      title,
      majors === undefined ? reason : `${reason} (differs on Node ${majors.join(', ')})`,
    ]),
  ),
};

let text = readFileSync(page, 'utf8');
for (const [name, section] of Object.entries(sections)) {
  text = text.replace(
    new RegExp(`(<!-- ${name}:begin -->)[^]*(<!-- ${name}:end -->)`),
    (_, begin, end) => `${begin}\n\n${section}\n\n${end}`,
  );
}
const options = {
  ...(await resolveConfig(page)),
  filepath: 'compatibility.md',
  parser: 'markdown',
};
const formatted = await format(text, options);
if (process.argv.includes('--check')) {
  if (formatted !== readFileSync(page, 'utf8')) {
    process.stderr.write('docs/compatibility.md is not what `npm run docs:compatibility` writes\n');
    process.exitCode = 1;
  }
} else writeFileSync(page, formatted);
