// npm run test:suites -- [names…] [options]: runs the test suites of other projects on node:http and with its
// server side replaced by gudeg/node-http, compares them test by test, and fails on a difference that
// expected-differences.mjs does not list.
import { mkdirSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { bestOf, compare } from './compare.mjs';
import { expectedDifferences } from './expected-differences.mjs';
import { printDifferences, printTable, record } from './report.mjs';
import { checkout } from './sources.mjs';
import { runSuite, testFiles } from './suite-run.mjs';
import { suites } from './suites.mjs';

const usage = `usage: npm run test:suites -- [suite…] [options]
  --sources DIR   take git repositories from DIR instead of GitHub: DIR/owner+name, DIR/owner/name or DIR/name
  --cache DIR     where checkouts and baselines are kept (default: gudeg-suites in the system's temporary folder)
  --replace WHAT  createServer (default) or all: the classes Server, IncomingMessage, ServerResponse too
  --file PART     only test files whose path contains PART
  --fresh         run the baseline again even if its results are in the cache
  --baseline      only the baseline
  --record        write the figures to results.json, for docs/compatibility.md
  --verbose       print the errors of tests that differ
suites: ${Object.keys(suites).join(' ')}
`;

const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    sources: { type: 'string', default: process.env.GUDEG_SUITE_SOURCES },
    cache: { type: 'string', default: join(tmpdir(), 'gudeg-suites') },
    replace: { type: 'string', default: 'createServer' },
    file: { type: 'string' },
    fresh: { type: 'boolean', default: false },
    baseline: { type: 'boolean', default: false },
    record: { type: 'boolean', default: false },
    verbose: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});

if (options.help || !['createServer', 'all'].includes(options.replace)) {
  process.stdout.write(usage);
  process.exit(options.help ? 0 : 2);
}
const names = positionals.length > 0 ? positionals : Object.keys(suites);
const unknown = names.filter((name) => !Object.hasOwn(suites, name));
if (unknown.length > 0) {
  process.stderr.write(`no suite is called ${unknown.join(', ')}\n${usage}`);
  process.exit(2);
}

const cacheFolder = resolve(options.cache);
const sourcesFolder = options.sources === undefined ? undefined : resolve(options.sources);
const attempts = 3;
mkdirSync(cacheFolder, { recursive: true });

const rows = [];
for (const name of names) rows.push(await runBoth(name));
printTable(rows);
if (options.record) record(rows);
process.exitCode = rows.every(({ unexpected }) => unexpected.length === 0) ? 0 : 1;

async function runBoth(name) {
  const suite = suites[name];
  const folder = checkout(name, suite, { cacheFolder, sourcesFolder });
  const files = testFiles(suite, folder).filter((file) => file.includes(options.file ?? ''));
  const baseline = await baselineOf(name, suite, folder);
  const row = { name, tag: suite.tag, baseline, differences: [], unexpected: [] };
  if (options.baseline) return row;

  note(`${name}: on gudeg/node-http (${options.replace})`);
  const run = await runSuite(suite, folder, { replace: options.replace, files });
  let ours = run.tests;
  let differences = compare(baseline.tests, ours);
  // What load or chance did is gone when the file runs again alone.
  for (let attempt = 2; attempt <= attempts && differences.length > 0; attempt++) {
    const again = filesOf(differences, files);
    note(
      `${name}: ${differences.length} tests differ; running ${again.length} of their files again`,
    );
    ours = bestOf(
      ours,
      (await runSuite(suite, folder, { replace: options.replace, files: again })).tests,
    );
    differences = compare(baseline.tests, ours);
  }
  const unsteady = compare(run.tests, ours).map(({ test }) => test);
  const isExpected = ({ test }) =>
    expectedDifferences.some((expected) => expected.suite === name && expected.test === test);
  const unexpected = differences.filter((d) => d.ours !== 'passed' && !isExpected(d));
  printDifferences(name, differences, isExpected, unsteady, options.verbose);
  if (run.exit !== baseline.exit && unexpected.length === 0) {
    if (differences.every((d) => d.ours === 'passed') && unsteady.length === 0) {
      unexpected.push({ test: `exit of the run: ${run.exit} instead of ${baseline.exit}` });
      note(
        `${name}: the run ended with ${run.exit}, on node:http with ${baseline.exit}\n${run.output.slice(-4000)}`,
      );
    }
  }
  return { ...row, ours, differences, unexpected, unsteady };
}

/** The results on node:http. A test that failed gets a second chance alone: then it is steady. */
async function baselineOf(name, suite, folder) {
  const path = join(cacheFolder, `${name.replace('/', '+')}-${suite.tag}-${process.version}.json`);
  if (existsSync(path) && !options.fresh) {
    const { exit, tests } = JSON.parse(readFileSync(path, 'utf8'));
    return {
      exit,
      tests: new Map(tests.filter(isAskedFor)),
    };
  }
  note(`${name}: on node:http`);
  const all = testFiles(suite, folder);
  const first = await runSuite(suite, folder, { replace: 'none', files: all });
  const failed = [...first.tests.values()].filter(({ state }) => state === 'failed');
  const again = failed.length === 0 ? [] : filesOf(failed, all);
  let { tests } = first;
  if (again.length > 0) {
    note(
      `${name}: ${failed.length} tests failed on node:http; running ${again.length} of their files again`,
    );
    tests = bestOf(tests, (await runSuite(suite, folder, { replace: 'none', files: again })).tests);
  }
  if (tests.size === 0) throw new Error(`${name}: no test ran\n${first.output}`);
  writeFileSync(path, JSON.stringify({ exit: first.exit, tests: [...tests] }));
  return {
    exit: first.exit,
    tests: new Map([...tests].filter(isAskedFor)),
  };
}

/** Tests may stand in modules that the files share. */
function isAskedFor([, { file }]) {
  return file.includes(options.file ?? '');
}

/** The files that `tests` stand in; all, if that isn't known. */
function filesOf(tests, all) {
  const known = all.filter((path) => tests.some(({ file }) => file === path));
  return known.length > 0 ? known : all;
}

function note(text) {
  process.stderr.write(`${text}\n`);
}
