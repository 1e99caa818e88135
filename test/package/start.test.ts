import { expect } from 'chai';
import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';

import { hasChromium, launchChromium } from '../support/chromium.ts';
import { plainEnvironment } from '../support/plain-environment.ts';
import { root } from './installed-package.ts';

const run = promisify(execFile);

describe('the first example, served by the command line', function () {
  this.timeout(60_000);

  let folder: string;
  let socketPath: string;
  let url: string;
  let command: ChildProcess;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'gudeg-start-'));
    socketPath = join(folder, 'hello.sock');
    const binds = ['-b', '127.0.0.1:0', '-b', `unix:${socketPath}`];
    const args = [join('dist', 'worker', 'cli.js'), ...binds, join('examples', '01-hello.js')];
    command = spawn(process.execPath, args, { cwd: root, stdio: ['ignore', 'inherit', 'pipe'] });
    const { stderr } = command;
    if (stderr === null) throw new Error('the command has no stderr');
    const lines: string[] = [];
    for await (const line of createInterface({ input: stderr })) {
      if (lines.push(line) === 2) break;
    }
    url = /http:\/\/\S+/.exec(lines.join('\n'))?.[0] ?? '';
    expect(lines.join('\n')).to.include(`unix:${socketPath}`);
  });

  after(async () => {
    command.kill('SIGKILL');
    await rm(folder, { recursive: true, force: true });
  });

  it('answers curl over TCP', async () => {
    const { stdout } = await run('curl', ['-sS', '-i', url], { env: plainEnvironment() });
    expect(stdout)
      .to.match(/^HTTP\/1\.1 200 OK\r\n/)
      .and.to.match(/Hello from gudeg\n$/);
  });

  it('answers curl over a unix socket', async () => {
    const args = ['-sS', '--unix-socket', socketPath, 'http://localhost/'];
    const { stdout } = await run('curl', args, { env: plainEnvironment() });
    expect(stdout).to.equal('Hello from gudeg\n');
  });

  it('shows its page in Chromium', async function () {
    if (!hasChromium) {
      this.skip();
      return;
    }
    const browser = await launchChromium();
    try {
      const page = await browser.newPage();
      const response = await page.goto(url);
      expect(response?.status()).to.equal(200);
      expect(await page.textContent('h1')).to.equal('Hello from gudeg');
    } finally {
      await browser.close();
    }
  });

  it('stops with exit code 0 and removes its socket file at SIGTERM', async () => {
    const exited = once(command, 'exit');
    command.kill('SIGTERM');
    expect(await exited).to.deep.equal([0, null]);
    expect(existsSync(socketPath)).to.equal(false);
  });
});
