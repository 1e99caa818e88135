// Brings the sources of a suite into the cache: a checkout of its pinned commit with its packages installed.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** A folder with the suite's files and packages. `sourcesFolder` may hold git folders to take it from. */
export function checkout(name, suite, { cacheFolder, sourcesFolder }) {
  const folder = join(cacheFolder, `${name.replace('/', '+')}-${suite.tag}`);
  const markerPath = join(folder, '.installed');
  if (existsSync(markerPath)) return folder;
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const gitFolder = sourcesFolder === undefined ? undefined : findGitFolder(suite, sourcesFolder);
  if (gitFolder === undefined) clone(suite, folder);
  else unpack(suite, gitFolder, folder);
  must('npm', ['install', ...installFlags], { cwd: folder });
  if (suite.prepare !== undefined) {
    const [command, ...args] = suite.prepare;
    must(command, args, { cwd: folder });
  }
  writeFileSync(markerPath, '');
  return folder;
}

/** Packages may not run scripts, and old lint plugins may disagree about their peers. */
const installFlags = [
  '--ignore-scripts',
  '--legacy-peer-deps',
  '--no-package-lock',
  '--no-audit',
  '--no-fund',
  '--loglevel=error',
];

/** `owner+name` or `name`: a checkout, a bare repository, or a folder `repo` that is either. */
function findGitFolder({ repository }, sourcesFolder) {
  const names = [repository.replace('/', '+'), repository, repository.split('/')[1]];
  return names
    .flatMap((name) =>
      ['.git', '', 'repo/.git', 'repo'].map((inner) => join(sourcesFolder, name, inner)),
    )
    .find((candidate) => existsSync(join(candidate, 'objects')));
}

function clone({ repository, tag, commit }, folder) {
  const url = `https://github.com/${repository}.git`;
  must('git', ['clone', '--quiet', '--depth', '1', '--branch', tag, url, folder]);
  const head = must('git', ['-C', folder, 'rev-parse', 'HEAD']).trim();
  if (head !== commit) throw new Error(`${repository}: ${tag} is ${head}, not ${commit}`);
}

function unpack({ commit }, gitFolder, folder) {
  const archivePath = `${folder}.tar`;
  must('git', [`--git-dir=${gitFolder}`, 'archive', `--output=${archivePath}`, commit]);
  must('tar', ['-xf', archivePath, '-C', folder]);
  rmSync(archivePath);
}

function must(command, args, options) {
  const { status, error, stdout, stderr } = spawnSync(command, args, {
    encoding: 'utf8',
    ...options,
  });
  if (status === 0) return stdout;
  throw new Error(
    `${command} ${args.join(' ')}: ${error?.message ?? `exit code ${status}`}\n${stderr}`,
  );
}
