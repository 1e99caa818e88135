import { type ChildProcess, execFileSync, spawn, type SpawnOptions } from 'node:child_process';
import { once } from 'node:events';
import { chownSync, existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { userInfo, tmpdir } from 'node:os';
import { join } from 'node:path';
import { findProgram } from './needs-program.ts';

/** A server that was started for a test, on a unix socket in a folder of its own. */
export class Service implements AsyncDisposable {
  /** Where its socket lies. */
  readonly folder: string;
  readonly #child: ChildProcess;

  private constructor(folder: string, child: ChildProcess) {
    this.folder = folder;
    this.#child = child;
  }

  /** PostgreSQL: database and user `postgres`, no password. A text says why there is none. */
  static async postgres(): Promise<Service | string> {
    const binaries = newestFolder('/usr/lib/postgresql');
    if (binaries === undefined) return 'PostgreSQL is not installed (Debian: postgresql)';
    const folder = mkdtempSync(join(tmpdir(), 'gudeg-pg-'));
    const user = serviceUser('postgres', folder);
    if (user === undefined) return 'PostgreSQL does not run as root, and there is no user postgres';
    const data = join(folder, 'data');
    const options = { cwd: folder, ...user, env: { PATH: process.env['PATH'], LC_ALL: 'C' } };
    execFileSync(
      join(binaries, 'initdb'),
      ['-D', data, '-A', 'trust', '-U', 'postgres', '--no-sync', '-E', 'UTF8'],
      { ...options, stdio: 'ignore' },
    );
    const settings = ['listen_addresses=', 'fsync=off', 'max_connections=20'];
    return await Service.#start(
      folder,
      join(binaries, 'postgres'),
      ['-D', data, '-k', folder, ...settings.flatMap((setting) => ['-c', setting])],
      options,
      /ready to accept connections/,
    );
  }

  /** Redis, its socket `redis.sock`. A text says why there is none. */
  static async redis(): Promise<Service | string> {
    const binary = findProgram('redis-server');
    if (binary === null) return 'Redis is not installed (Debian: redis-server)';
    const folder = mkdtempSync(join(tmpdir(), 'gudeg-redis-'));
    return await Service.#start(
      folder,
      binary,
      ['--port', '0', '--unixsocket', join(folder, 'redis.sock'), '--save', '', '--dir', folder],
      { cwd: folder },
      /ready to accept connections/i,
    );
  }

  static async #start(
    folder: string,
    file: string,
    args: readonly string[],
    options: SpawnOptions,
    isReady: RegExp,
  ): Promise<Service> {
    const child = spawn(file, args, { ...options, stdio: ['ignore', 'pipe', 'pipe'] });
    let text = '';
    await new Promise<void>((resolve, reject) => {
      const onData = (data: Buffer): void => {
        text += data.toString();
        if (isReady.test(text)) resolve();
      };
      child.stdout?.on('data', onData);
      child.stderr?.on('data', onData);
      child.once('error', reject);
      child.once('exit', (code) => {
        reject(new Error(`${file} ended with exit code ${String(code)}: ${text}`));
      });
    });
    return new Service(folder, child);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.exitCode === null) {
      this.#child.kill('SIGINT');
      await once(this.#child, 'exit');
    }
    rmSync(this.folder, { recursive: true, force: true });
  }
}

function newestFolder(path: string): string | undefined {
  const versions = existsSync(path) ? readdirSync(path).sort((a, b) => Number(b) - Number(a)) : [];
  return versions
    .map((version) => join(path, version, 'bin'))
    .find((folder) => existsSync(join(folder, 'initdb')));
}

/** Who a server that refuses root runs as, and owns `folder`; undefined where there is nobody. */
function serviceUser(name: string, folder: string): { uid?: number; gid?: number } | undefined {
  if (userInfo().uid !== 0) return {};
  try {
    const ask = (flag: string): number =>
      Number(execFileSync('id', [flag, name], { stdio: ['ignore', 'pipe', 'ignore'] }));
    const user = { uid: ask('-u'), gid: ask('-g') };
    chownSync(folder, user.uid, user.gid);
    return user;
  } catch {
    return undefined;
  }
}
