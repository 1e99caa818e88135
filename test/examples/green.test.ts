import { type ChildProcess, spawn } from 'node:child_process';
import { createServer } from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';

/** Starts an example and gives its first line. */
function start(name: string, ...args: string[]): Promise<{ child: ChildProcess; line: string }> {
  const path = fileURLToPath(new URL(`../../examples/${name}`, import.meta.url));
  const child = spawn(process.execPath, [path, ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
  return new Promise((resolve, reject) => {
    let text = '';
    child.stdout.setEncoding('utf8').on('data', (data: string) => {
      text += data;
      if (text.includes('\n')) resolve({ child, line: text.slice(0, text.indexOf('\n')) });
    });
    child.on('error', reject);
    child.on('exit', (code) =>
      reject(new Error(`exit code ${code} before the first line: ${text}`)),
    );
  });
}

/** The exit code of a program that ends by itself. */
function end(child: ChildProcess): Promise<number | null> {
  if (child.exitCode !== null) return Promise.resolve(child.exitCode);
  return new Promise((resolve) => child.once('close', resolve));
}

/** Talks to a server: answers what it has said once it has said `until`. */
function talk(
  port: number,
  send: string,
  until: RegExp,
): Promise<{
  text: string;
  more(until: RegExp): Promise<string>;
  say(text: string): void;
  end(): void;
}> {
  const socket = connect(port, '127.0.0.1', () => socket.write(send));
  let text = '';
  let look = (): void => undefined;
  socket.setEncoding('utf8').on('data', (data: string) => {
    text += data;
    look();
  });
  const more = (wanted: RegExp): Promise<string> =>
    new Promise((resolve, reject) => {
      look = () => {
        if (wanted.test(text)) resolve(text);
      };
      socket.on('error', reject);
      look();
    });
  return more(until).then((first) => ({
    text: first,
    more,
    say: (line) => socket.write(line),
    end: () => socket.end(),
  }));
}

const portOf = (line: string): number => Number(/:(\d+)$/.exec(line)?.[1]);

describe('the green examples', function () {
  this.timeout(20_000);
  this.slow(2000);
  const running: ChildProcess[] = [];

  afterEach(() => {
    for (const child of running.splice(0)) {
      child.removeAllListeners('exit');
      child.kill();
    }
  });

  it('20-green-server.js answers in capitals', async () => {
    const { child, line } = await start('20-green-server.js', '0');
    running.push(child);
    const peer = await talk(portOf(line), 'hello\n', /\n/);
    expect(peer.text).to.equal('HELLO\n');
    peer.end();
  });

  it('21-crawler.js fetches pages', async () => {
    const server = createServer((_request, response) => response.end('page')).listen(
      0,
      '127.0.0.1',
    );
    await new Promise((resolve) => server.once('listening', resolve));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
    const { child, line } = await start('21-crawler.js', url, `${url}two`);
    expect(line).to.equal(`200 4 ${url}`);
    expect(await end(child)).to.equal(0);
    server.close();
    server.closeAllConnections();
  });

  it('22-producer-consumer.js does all jobs', async () => {
    const { child, line } = await start('22-producer-consumer.js');
    expect(line).to.equal('20 jobs done');
    expect(await end(child)).to.equal(0);
  });

  it('23-chat.js lets the others read what one says', async () => {
    const { child, line } = await start('23-chat.js', '0');
    running.push(child);
    const ann = await talk(portOf(line), 'Ann\n', /name/);
    const bob = await talk(portOf(line), 'Bob\n', /name/);
    await ann.more(/\* Bob is here\n/);
    bob.say('hello\n');
    await ann.more(/Bob: hello\n/);
    bob.end();
    await ann.more(/\* Bob has left\n/);
    ann.end();
  });

  it('24-green-fastify.js answers from a green thread', async () => {
    const { child, line } = await start('24-green-fastify.js', '0');
    running.push(child);
    const response = await fetch(`http://127.0.0.1:${portOf(line)}/slow`);
    expect(await response.json()).to.deep.equal({ answer: 42 });
  });
});
