import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { findProgram } from './needs-program.ts';

/** A running nginx with one `server` block, in a folder of its own. */
export class Nginx implements AsyncDisposable {
  /** The unix socket that it listens on. */
  readonly socketPath: string;
  /** The port of 127.0.0.1 that was `PORT`. */
  readonly port: number;
  readonly #folder: string;
  readonly #child: ChildProcess;

  private constructor(folder: string, port: number, child: ChildProcess) {
    this.port = port;
    this.#folder = folder;
    this.#child = child;
    this.socketPath = socketIn(folder);
  }

  /**
   * @param http directives of the `http` block, in which `SOCKET` and `PORT` are what to listen on, `FOLDER` where the
   *   files are
   */
  static async start(http: string, files: Readonly<Record<string, string>> = {}): Promise<Nginx> {
    const folder = mkdtempSync(join(tmpdir(), 'gudeg-nginx-'));
    for (const [name, content] of Object.entries(files)) writeFileSync(join(folder, name), content);
    const port = http.includes('PORT') ? await freePort() : 0;
    const directives = http
      .replaceAll('SOCKET', `unix:${socketIn(folder)}`)
      .replaceAll('PORT', String(port))
      .replaceAll('FOLDER', folder);
    const names = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'];
    for (const name of names) mkdirSync(join(folder, name));
    const folders = names.map((name) => `${name}_temp_path ${join(folder, name)};`).join('\n');
    const config = join(folder, 'nginx.conf');
    writeFileSync(
      config,
      `daemon off; master_process off; pid ${join(folder, 'pid')}; error_log stderr notice;
      events { }
      http { access_log off; ${folders} ${directives} }`,
    );
    const program = findProgram('nginx') ?? 'nginx';
    const child = spawn(program, ['-p', folder, '-c', config], {
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    await untilReady(child);
    return new Nginx(folder, port, child);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = once(this.#child, 'close');
    this.#child.kill('SIGKILL');
    await closed;
    rmSync(this.#folder, { recursive: true });
  }
}

/** One that nobody listens on now. */
async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const { port } = probe.address() as AddressInfo;
  await new Promise((closed) => probe.close(closed));
  return port;
}

const socketIn = (folder: string): string => join(folder, 'socket');

/** It names its version when its sockets listen. */
async function untilReady({ stderr }: ChildProcess): Promise<void> {
  let text = '';
  stderr?.setEncoding('utf8').on('data', (data: string) => (text += data));
  while (!text.includes(' nginx/')) {
    const ended = await Promise.race([
      once(stderr ?? process.stderr, 'data').then(() => false),
      once(stderr ?? process.stderr, 'end').then(() => true),
    ]);
    if (ended) throw new Error(`nginx does not start: ${text}`);
  }
}
