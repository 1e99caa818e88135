import { expect } from 'chai';
import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';

import { root } from './installed-package.ts';

/** The little that is needed of playwright-core, whose own types want those of a browser. */
interface BrowserPage {
  goto(url: string): Promise<{ status(): number } | null>;
  textContent(selector: string): Promise<string | null>;
}
interface Browser {
  newPage(): Promise<BrowserPage>;
  close(): Promise<void>;
}
interface Playwright {
  readonly chromium: {
    launch(options: {
      executablePath: string;
      args: string[];
      env: Record<string, string>;
    }): Promise<Browser>;
  };
}

const { chromium } = createRequire(import.meta.url)('playwright-core') as Playwright;
const run = promisify(execFile);
const browserPath = ['chromium', 'chromium-browser', 'google-chrome']
  .map((name) => join('/usr/bin', name))
  .find((path) => existsSync(path));

/** The environment without a preloaded sanitizer, which is for Node alone. */
function plainEnvironment(): Record<string, string> {
  const entries = Object.entries(process.env).filter(([name]) => name !== 'LD_PRELOAD');
  return Object.fromEntries(entries) as Record<string, string>;
}

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
    if (browserPath === undefined) {
      this.skip();
      return;
    }
    const browser = await chromium.launch({
      executablePath: browserPath,
      args: ['--no-sandbox'],
      env: plainEnvironment(),
    });
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
