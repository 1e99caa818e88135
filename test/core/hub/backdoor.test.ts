import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { connect, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { BackdoorServer, Event, sleep, spawn } from '../../../src/core/hub/index.ts';

/** Somebody at the prompt. */
class Visitor implements Disposable {
  readonly socket: Socket;
  #text = '';

  constructor(path: string) {
    this.socket = connect(path);
    this.socket.setEncoding('utf8').on('data', (data: string) => (this.#text += data));
  }

  /** What was said up to the next prompt. */
  async read(): Promise<string> {
    for (;;) {
      const prompt = /^> /m.exec(this.#text);
      if (prompt !== null) {
        const text = this.#text.slice(0, prompt.index);
        this.#text = this.#text.slice(prompt.index + 2);
        return text.trim();
      }
      await once(this.socket, 'data');
    }
  }

  async ask(line: string): Promise<string> {
    this.socket.write(`${line}\n`);
    return await this.read();
  }

  [Symbol.dispose](): void {
    this.socket.destroy();
  }
}

describe('BackdoorServer', function () {
  this.slow(500);
  let folder: string;
  let path: string;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'gudeg-backdoor-'));
    path = join(folder, 'socket');
  });

  afterEach(() => {
    rmSync(folder, { recursive: true });
  });

  it('193: answers 1+1 with 2, each connection for itself; exit ends it', async () => {
    using _server = await BackdoorServer.listenAsync(path, { banner: 'welcome' });
    using one = new Visitor(path);
    using two = new Visitor(path);
    expect(await one.read()).to.equal('welcome');
    expect(await one.ask('1+1')).to.equal('2');
    expect(await one.ask('var x = 5')).to.equal('undefined');
    expect(await two.read()).to.equal('welcome');
    expect(await two.ask('typeof x')).to.equal("'undefined'");
    one.socket.write('exit()\n');
    await once(one.socket, 'end');
    expect(await two.ask('2+2')).to.equal('4');
    two.socket.write('.exit\n');
    await once(two.socket, 'end');
  });

  it('193: lets only its own user in, on no port', async () => {
    const mask = process.umask(0);
    try {
      using _server = await BackdoorServer.listenAsync(path);
      expect(statSync(path).mode & 0o777).to.equal(0o600);
      expect(process.umask(0)).to.equal(0);
    } finally {
      process.umask(mask);
    }
    for (const wrong of [8000, 'localhost', '']) {
      const error: unknown = await BackdoorServer.listenAsync(wrong as string).catch(
        (each: unknown) => each,
      );
      expect(error).to.have.property('code', 'GUDEG_ERR_INVALID_ADDRESS');
    }
  });

  it('shows the green threads, and what it was given', async () => {
    const gate = new Event<string>();
    const thread = spawn(function waiter() {
      return gate.wait();
    });
    thread.name = 'the waiter';
    using server = await BackdoorServer.listenAsync(path, { locals: { gate }, banner: null });
    using visitor = new Visitor(path);
    await visitor.read();
    expect(await visitor.ask('threads()')).to.match(
      /the waiter: parked in Event\.wait\(\)\n[^]*waiter [^]*\d+ green threads$/,
    );
    expect(server.statistics()).to.deep.equal({ sessions: 1 });
    await visitor.ask('gate.send("sent")');
    expect(await thread).to.equal('sent');
  });

  it('evaluates in green threads: what blocks stops nobody, and ends with the session', async () => {
    using _server = await BackdoorServer.listenAsync(path, {
      banner: null,
      locals: {
        hang: (): void => {
          try {
            sleep(1000);
          } finally {
            ended.send('ended');
          }
        },
      },
    });
    const ended = new Event<string>();
    using one = new Visitor(path);
    using two = new Visitor(path);
    await Promise.all([one.read(), two.read()]);
    expect(await one.ask('sleep(0.001); wait(Promise.resolve(6)) * 7')).to.equal('42');
    one.socket.write('hang()\n');
    expect(await two.ask('({ a: 1 }).a')).to.equal('1');
    one.socket.destroy();
    expect(await ended.waitAsync()).to.equal('ended');
  });

  it('takes code over several lines, objects, modules and errors', async () => {
    using _server = await BackdoorServer.listenAsync(path, { banner: null });
    using visitor = new Visitor(path);
    await visitor.read();
    visitor.socket.write('[1, 2].map((n) => {\nreturn n * 2;\n})\n');
    expect(await visitor.read()).to.match(/\[ 2, 4 \]$/);
    expect(await visitor.ask('{ a: 1 }')).to.equal('{ a: 1 }');
    expect(await visitor.ask('{ let b = 2; b }')).to.equal('2');
    expect(await visitor.ask('throw new RangeError("no")')).to.match(/RangeError: no/);
    expect(await visitor.ask('require("node:path").posix.sep')).to.equal("'/'");
    expect(await visitor.ask('nonsense')).to.match(/ReferenceError/);
  });

  it('replaces the socket of a dead server, and no other', async () => {
    const dead = createServer().listen(path);
    await once(dead, 'listening');
    const error: unknown = await BackdoorServer.listenAsync(path).catch((each: unknown) => each);
    expect(error).to.have.property('code', 'EADDRINUSE');
    dead.close();
    await once(dead, 'close');
    spawnSync(process.execPath, [
      '-e',
      `require('node:net').createServer().listen(process.argv[1], () => process.kill(process.pid, 9))`,
      path,
    ]);
    expect(existsSync(path)).to.be.true;
    using _server = await BackdoorServer.listenAsync(path, { banner: null });
    using visitor = new Visitor(path);
    await visitor.read();
    expect(await visitor.ask('3')).to.equal('3');
  });

  it('takes its socket with it, and its sessions', async () => {
    const server = await spawn(() => BackdoorServer.listen(path, { banner: null }));
    using visitor = new Visitor(path);
    await visitor.read();
    expect(existsSync(path)).to.be.true;
    server.close();
    await once(visitor.socket, 'end');
    expect(existsSync(path)).to.be.false;
    expect(() => BackdoorServer.listen(path)).to.throw('would block');
  });
});
