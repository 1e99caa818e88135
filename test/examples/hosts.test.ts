import { expect } from 'chai';
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { WebSocket } from 'ws';

import { needsPrograms } from '../support/needs-program.ts';

const script = fileURLToPath(
  new URL('../../examples/56-chat-on-many-hosts/hosts.js', import.meta.url),
);

/** The example with its three hosts. */
class Hosts implements AsyncDisposable {
  readonly #child: ChildProcess = spawn(process.execPath, [script], { stdio: 'pipe' });
  #output = '';
  #errors = '';

  constructor() {
    this.#child.stdout?.on('data', (data: Buffer) => (this.#output += data.toString()));
    this.#child.stderr?.on('data', (data: Buffer) => (this.#errors += data.toString()));
  }

  async printed(pattern: RegExp): Promise<RegExpExecArray> {
    for (;;) {
      const found = pattern.exec(this.#output);
      if (found !== null) return found;
      if (this.#child.exitCode !== null) throw new Error(this.#errors);
      await Promise.race([
        once(this.#child.stdout as NodeJS.ReadableStream, 'data'),
        once(this.#child, 'exit'),
      ]);
    }
  }

  async lose(host: string): Promise<void> {
    this.#child.stdin?.write(`lose ${host}\n`);
    await this.printed(new RegExp(`lost ${host}\n`));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.exitCode !== null) return;
    const ended = once(this.#child, 'exit');
    this.#child.stdin?.end('end\n');
    await ended;
  }
}

/** Somebody in the chat. */
class Guest {
  readonly #ws: WebSocket;
  readonly closed: Promise<unknown>;
  isClosed = false;
  readonly heard: string[] = [];
  #wake: (() => void)[] = [];

  constructor(url: string) {
    this.#ws = new WebSocket(url);
    this.#ws.on('error', () => undefined);
    this.#ws.on('message', (data: Buffer) => {
      this.heard.push(data.toString());
      for (const wake of this.#wake.splice(0)) wake();
    });
    this.closed = once(this.#ws, 'close').then(() => {
      this.isClosed = true;
      for (const wake of this.#wake.splice(0)) wake();
    });
  }

  /** What a message holds that begins with `start`, behind it. */
  async hears(start: string): Promise<string> {
    for (;;) {
      const found = this.heard.find((text) => text.startsWith(start));
      if (found !== undefined) return found.slice(start.length);
      if (this.isClosed) throw new Error(`closed before ${start}`);
      await new Promise<void>((resolve) => this.#wake.push(resolve));
    }
  }

  say(text: string): void {
    this.#ws.send(text);
  }

  leave(): void {
    this.#ws.terminate();
  }
}

/** Connects again until a host answers, as a page would. */
async function enter(url: string): Promise<{ guest: Guest; host: string }> {
  for (;;) {
    const guest = new Guest(url);
    const host = await guest.hears('you are on ').catch(() => null);
    if (host !== null) return { guest, host };
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

describe('the example of a chat on three hosts', function () {
  this.timeout(120_000);

  before(function () {
    needsPrograms('ip', 'haproxy', 'redis-server').call(this, () => undefined);
    const { status, stderr } = spawnSync('ip', ['netns', 'add', `gudeg-try-${process.pid}`], {
      encoding: 'utf8',
    });
    if (status === 0) spawnSync('ip', ['netns', 'delete', `gudeg-try-${process.pid}`]);
    else {
      const suite = this.test?.parent;
      if (suite) suite.title += ` (pending, no network namespaces: ${stderr.trim()})`;
      this.skip();
    }
  });

  it('brings what is said on one to all, and survives the loss of one', async () => {
    await using hosts = new Hosts();
    const [, url = ''] = await hosts.printed(/^(ws\+unix:\S+)/);
    const guests = [];
    for (let i = 0; i < 3; i++) guests.push(await enter(url));
    try {
      expect(guests.map(({ host }) => host).sort()).to.deep.equal(['a', 'b', 'c']);
      guests[0]?.guest.say('hello');
      for (const { guest } of guests) {
        expect(await guest.hears(`${guests[0]?.host ?? ''}: `)).to.equal('hello');
      }
      const lost = guests.findIndex(({ host }) => host === 'b');
      await hosts.lose('b');
      await guests[lost]?.guest.closed;
      const again = await enter(url);
      expect(['a', 'c']).to.include(again.host);
      guests[lost] = again;
      again.guest.say('I am back');
      for (const { guest, host } of guests) {
        expect(await guest.hears(`${again.host}: I`)).to.equal(' am back');
        expect(guest.isClosed, `the socket on ${host}`).to.equal(false);
      }
    } finally {
      for (const { guest } of guests) guest.leave();
    }
  });
});
