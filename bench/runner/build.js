import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile, stat, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

const folder = fileURLToPath(new URL('..', import.meta.url));

/**
 * @param {string} command
 * @param {string[]} args
 */
async function run(command, args) {
  const child = spawn(command, args, { cwd: folder, stdio: ['ignore', 'inherit', 'inherit'] });
  const [code] = await once(child, 'close');
  if (code !== 0) throw new Error(`'${command} ${args.join(' ')}' in bench/ ended with ${code}`);
}

/** Builds the floor server and the load generator where a source is newer. */
export async function buildPrograms() {
  await run('make', ['--silent']);
}

/**
 * Installs the peers where package-lock.json has changed. Without a network what is installed
 * already is measured; install scripts never run, for the runtimes' binaries are in their packages.
 */
export async function installPeers() {
  const lock = await readFile(`${folder}/package-lock.json`, 'utf8');
  const stamp = `${folder}/node_modules/.installed-lock`;
  const installed = await readFile(stamp, 'utf8').catch(() => '');
  if (installed === lock) return;
  try {
    await run('npm', ['ci', '--silent', '--ignore-scripts', '--no-audit', '--no-fund']);
    if ((await stat(`${folder}/node_modules`)).isDirectory()) await writeFile(stamp, lock);
  } catch (error) {
    console.error(`Peers could not be installed, those missing are skipped: ${String(error)}`);
  }
}
