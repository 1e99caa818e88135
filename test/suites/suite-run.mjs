// Runs the tests of a suite once, on node:http or with it replaced, and gives what each test came to.
import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';

const beside = (name) => fileURLToPath(new URL(name, import.meta.url));
const defaultTimeoutMs = 10 * 60_000;
/** For one test of node:test; mocha's suites bring their own. */
const testTimeoutMs = 60_000;

/**
 * @typedef {object} TestResult
 * @property {string} file relative to the checkout
 * @property {'passed' | 'failed' | 'skipped'} state
 * @property {string} [error]
 */

/**
 * @param {import('./suites.mjs').Suite} suite
 * @param {string} folder its checkout
 * @param {object} options
 * @param {'none' | 'createServer' | 'all'} options.replace
 * @param {string[]} [options.files] these instead of all
 * @returns {Promise<{ tests: Map<string, TestResult>, exit: string, output: string }>} the tests by file and title
 */
export async function runSuite(suite, folder, { replace, files = testFiles(suite, folder) }) {
  const scratch = mkdtempSync(join(tmpdir(), 'gudeg-suite-'));
  const resultsPath = join(scratch, 'results');
  writeFileSync(resultsPath, '');
  const preload =
    replace === 'none'
      ? []
      : [`--import=${new URL(`replace-${suite.replaces ?? 'http'}.mjs`, import.meta.url).href}`];
  const child = spawn(
    process.execPath,
    [...runnerArguments(suite, folder, resultsPath), ...files],
    {
      cwd: folder,
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: {
        ...process.env,
        NODE_OPTIONS: preload.join(' '),
        NODE_ENV: 'test',
        SUITE_REPLACE: replace,
        SUITE_RESULTS: resultsPath,
      },
    },
  );
  const { exit, output } = await ended(child, suite.timeoutMs ?? defaultTimeoutMs);
  const records = (suite.runner === 'lab' ? labRecords : lineRecords)(
    readFileSync(resultsPath, 'utf8'),
  );
  const tests = byFileAndTitle(records, folder);
  rmSync(scratch, { recursive: true, force: true });
  return { tests, exit, output };
}

export function testFiles(suite, folder) {
  return readdirSync(folder, { recursive: true })
    .map((path) => path.split(sep).join('/'))
    .filter((path) => !path.startsWith('node_modules/') && suite.files.test(path))
    .sort();
}

function runnerArguments({ runner, arguments_ }, folder, resultsPath) {
  if (runner === 'mocha') {
    const bin = join(folder, 'node_modules', 'mocha', 'bin', '_mocha');
    return [bin, '--reporter', beside('mocha-reporter.cjs'), ...arguments_];
  }
  if (runner === 'lab') {
    const bin = join(folder, 'node_modules', '@hapi', 'lab', 'bin', 'lab');
    return [bin, '-r', 'json', '-o', resultsPath, ...arguments_];
  }
  return [
    '--test',
    `--test-timeout=${testTimeoutMs}`,
    `--test-reporter=${beside('node-test-reporter.mjs')}`,
    `--test-reporter-destination=${resultsPath}`,
    ...arguments_,
  ];
}

function ended(child, timeoutMs) {
  const pieces = [];
  child.stdout.on('data', (piece) => pieces.push(piece));
  child.stderr.on('data', (piece) => pieces.push(piece));
  let timedOut = false;
  const timer = setTimeout(() => {
    timedOut = true;
    process.kill(-child.pid, 'SIGKILL');
  }, timeoutMs);
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code, signal) => {
      clearTimeout(timer);
      const exit = timedOut ? `did not end in ${timeoutMs / 60_000} min` : (signal ?? String(code));
      resolve({ exit, output: Buffer.concat(pieces).toString() });
    });
  });
}

/** What mocha-reporter.cjs and node-test-reporter.mjs write. */
function lineRecords(text) {
  const lines = text.split('\n').filter((line) => line !== '');
  return lines.map((line) => JSON.parse(line)).filter(({ title }) => title !== undefined);
}

/** Lab's own JSON: it does not tell the files. */
function labRecords(text) {
  if (text === '') return [];
  return Object.entries(JSON.parse(text).tests).flatMap(([group, tests]) =>
    tests.map(({ title, err, skipped }) => ({
      file: '',
      title: `${group} > ${title}`,
      state: skipped ? 'skipped' : err ? 'failed' : 'passed',
      ...(err && { error: JSON.stringify(err) }),
    })),
  );
}

function byFileAndTitle(records, folder) {
  const tests = new Map();
  for (const { file, title, ...result } of records) {
    const shortFile = file && relative(folder, file).split(sep).join('/');
    const name = `${shortFile}: ${title.replaceAll(folder, '')}`;
    let key = name;
    for (let count = 2; tests.has(key); count++) key = `${name} (${count})`;
    tests.set(key, { file: shortFile, ...result });
  }
  return tests;
}
