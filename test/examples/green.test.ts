import { type ChildProcess, spawn } from 'node:child_process';
import { createServer } from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { sqliteFolder } from '../core/hub/support/drivers-folder.ts';

/** Those that were started and have not been stopped. */
const running: ChildProcess[] = [];

function stopAll(): void {
  for (const child of running.splice(0)) {
    child.removeAllListeners('exit');
    child.kill();
  }
}

/** Starts an example and gives its first line. */
function start(name: string, ...args: string[]): Promise<{ child: ChildProcess; line: string }> {
  return startWith([], process.cwd(), name, ...args);
}

/** Starts an example with options for node, in a working directory. */
function startWith(
  options: readonly string[],
  cwd: string,
  name: string,
  ...args: string[]
): Promise<{ child: ChildProcess; line: string }> {
  const path = fileURLToPath(new URL(`../../examples/${name}`, import.meta.url));
  const child = spawn(process.execPath, [...options, path, ...args], {
    cwd,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  running.push(child);
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

/**
 * A site whose pages make a binary tree. The pages of its upper levels are sent only when the whole level was asked for,
 * so whoever fetches one page after the other gets nowhere.
 */
class Site {
  readonly #pages: string[];
  readonly #held = new Map<number, (() => void)[]>();
  readonly #server = createServer((request, response) => {
    const number = Number(request.url?.slice(1));
    const level = Math.floor(Math.log2(number + 1));
    const send = (): void => {
      response.end(this.#pages[number]);
    };
    if (level > 5) {
      send();
      return;
    }
    const held = this.#held.get(level) ?? [];
    this.#held.set(level, held);
    held.push(send);
    if (held.length === 2 ** level) for (const each of held) each();
  });

  constructor(count: number) {
    this.#pages = Array.from({ length: count }, (_, i) =>
      [2 * i + 1, 2 * i + 2]
        .filter((child) => child < count)
        .map((child) => `<a href="/${child}">${'text '.repeat(100)}</a>`)
        .join('\n'),
    );
  }

  get bytes(): number {
    return this.#pages.join('').length;
  }

  async listen(): Promise<number> {
    this.#server.listen(0, '127.0.0.1');
    await new Promise((resolve) => this.#server.once('listening', resolve));
    return (this.#server.address() as AddressInfo).port;
  }

  close(): void {
    this.#server.close();
    this.#server.closeAllConnections();
  }
}

describe('the green examples', function () {
  this.timeout(60_000);
  this.slow(2000);

  afterEach(stopAll);

  it('20-green-server.js answers in capitals', async () => {
    const { line } = await start('20-green-server.js', '0');
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
    const { line } = await start('23-chat.js', '0');
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
    const { line } = await start('24-green-fastify.js', '0');
    const response = await fetch(`http://127.0.0.1:${portOf(line)}/slow`);
    expect(await response.json()).to.deep.equal({ answer: 42 });
  });

  it('25-sync-template.js renders pages side by side', async () => {
    const { line } = await start('25-sync-template.js', '0');
    const done: string[] = [];
    const page = async (query: string): Promise<string> => {
      const response = await fetch(`http://127.0.0.1:${portOf(line)}/?${query}`);
      const text = await response.text();
      done.push(query);
      return text;
    };
    const long = page('name=apple&name=bread&name=cake&name=dates&name=eggs');
    const short = page('name=fig');
    expect(await short).to.equal('fig: 3 EUR, in stock\n');
    expect(await long).to.match(/^apple: 5 EUR, in stock\nbread: 5 EUR, sold out\ncake: 4 EUR/);
    expect(done[0]).to.equal('name=fig');
  });

  it('27-exec-sync.js serves others while a command runs', async () => {
    const options = ['--import', 'gudeg/green/auto'];
    const { line } = await startWith(options, process.cwd(), '27-exec-sync.js', '0');
    const base = `http://127.0.0.1:${portOf(line)}`;
    const controller = new AbortController();
    const slow = fetch(`${base}/?seconds=15`, { signal: controller.signal }).catch(() => 'aborted');
    const response = await fetch(`${base}/?seconds=0`);
    expect(await response.text()).to.match(/^kernel: \w+\nwords: 2\n$/);
    controller.abort();
    expect(await slow).to.equal('aborted');
  });

  for (const [name, argumentsFor] of [
    ['28-site-crawler.js', (port: number) => [`http://127.0.0.1:${port}/`]],
    ['29-socket-crawler.js', (port: number) => ['127.0.0.1', String(port), '/']],
  ] as const) {
    it(`${name} fetches 200 pages, many at a time`, async () => {
      const site = new Site(200);
      const port = await site.listen();
      const { child, line } = await start(name, ...argumentsFor(port));
      expect(line).to.equal(`200 pages, ${site.bytes} bytes`);
      expect(await end(child)).to.equal(0);
      site.close();
    });
  }
});

describe('the example on better-sqlite3', function () {
  this.timeout(60_000);
  this.slow(2000);
  let cwd: string;

  before(function () {
    cwd = sqliteFolder(this);
  });

  afterEach(stopAll);

  it('26-sqlite-crud.js creates, reads, updates and deletes, also at the same time', async () => {
    const { line } = await startWith([], cwd, '26-sqlite-crud.js', '0');
    const ask = async (method: string, path: string, body?: string): Promise<unknown> => {
      const url = `http://127.0.0.1:${portOf(line)}${path}`;
      const response = await fetch(url, { method, ...(body === undefined ? {} : { body }) });
      return await response.json();
    };
    expect(await ask('POST', '/', 'apple')).to.equal(1);
    const sold = await Promise.all(Array.from({ length: 20 }, () => ask('PUT', '/1')));
    expect(sold.map(Number).sort((a, b) => a - b)).to.deep.equal(
      Array.from({ length: 20 }, (_, i) => i + 1),
    );
    expect(await ask('GET', '/')).to.deep.equal([{ id: 1, name: 'apple', sold: 20 }]);
    expect(await ask('PUT', '/2')).to.equal(null);
    expect(await ask('DELETE', '/1')).to.equal(1);
    expect(await ask('GET', '/')).to.deep.equal([]);
  });
});
