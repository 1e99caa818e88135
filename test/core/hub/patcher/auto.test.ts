import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import {
  getcurrent,
  isMonkeyPatched,
  monkeyPatch,
  original,
  restore,
  sleep,
} from '../../../../src/core/hub/index.ts';

describe('monkeyPatch({ http: true })', () => {
  afterEach(() => {
    restore();
  });

  it('runs the listeners of requests in green threads, so that they may block', async () => {
    const emit: unknown = Reflect.get(http.Server.prototype, 'emit');
    monkeyPatch({ http: true });
    expect(isMonkeyPatched('fs')).to.be.false;
    const server = http.createServer((request, response) => {
      if (request.url === '/slow') sleep(0.005);
      response.end(`${request.url ?? ''} ${String(getcurrent() !== undefined)}`);
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    try {
      const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
      const texts = ['/slow', '/fast'].map(async (path) => (await fetch(base + path)).text());
      expect(await Promise.all(texts)).to.deep.equal(['/slow true', '/fast true']);
      restore();
      expect(await (await fetch(`${base}/after`)).text()).to.equal('/after false');
    } finally {
      server.closeAllConnections();
      server.close();
    }
    expect(Reflect.get(http.Server.prototype, 'emit')).to.equal(emit);
    expect(Object.hasOwn(http.Server.prototype, 'emit')).to.be.false;
    expect(original('http')).to.deep.equal({});
  });
});

describe('node --import gudeg/green/auto', function () {
  this.timeout(30_000);
  this.slow(5000);
  let folder: string;

  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'gudeg-auto-'));
  });

  after(() => {
    rmSync(folder, { recursive: true });
  });

  const start = (name: string, text: string, env: NodeJS.ProcessEnv = {}): ChildProcess => {
    const path = join(folder, name);
    writeFileSync(path, text);
    const flags = ['--import', import.meta.resolve('tsx/esm'), '--conditions', 'source'];
    return spawn(
      process.execPath,
      [...flags, '--import', import.meta.resolve('gudeg/green/auto'), path],
      { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, ...env } },
    );
  };

  const output = async (child: ChildProcess): Promise<{ text: string; code: number | null }> => {
    let text = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream?.setEncoding('utf8').on('data', (data: string) => (text += data));
    }
    const [code] = (await once(child, 'close')) as [number | null];
    return { text, code };
  };

  /** What its server answers to `/read`, which ends only when it has served `/write`. */
  const readWhileServing = async (child: ChildProcess): Promise<string> => {
    try {
      const [port] = (await once(child.stdout as NodeJS.ReadableStream, 'data')) as [Buffer];
      const base = `http://127.0.0.1:${String(port).trim()}`;
      const read = fetch(`${base}/read`).then((response) => response.text());
      await fetch(`${base}/write`);
      return await read;
    } finally {
      child.kill();
    }
  };

  for (const [kind, name, imports] of [
    [
      'a CommonJS',
      'server.cjs',
      `const { createServer } = require('node:http'); const { execFileSync } = require('node:child_process');`,
    ],
    [
      'an ES',
      'server.mjs',
      `import { createServer } from 'node:http'; import { execFileSync } from 'node:child_process';`,
    ],
  ] as const) {
    it(`serves concurrently what ${kind} module answers with synchronous calls`, async () => {
      // The first request can only be answered when the second is: neither knows of green threads.
      const fifo = join(folder, `${name}.fifo`);
      const child = start(
        name,
        `${imports}
         execFileSync('mkfifo', [${JSON.stringify(fifo)}]);
         const server = createServer((request, response) => {
           const command = request.url === '/read' ? ['cat', ${JSON.stringify(fifo)}]
             : ['sh', '-c', 'echo written > ' + ${JSON.stringify(fifo)}];
           response.end('got ' + execFileSync(command[0], command.slice(1)));
         });
         server.listen(0, '127.0.0.1', () => console.log(server.address().port));`,
      );
      expect(await readWhileServing(child)).to.equal('got written\n');
    });
  }

  for (const [kind, name, imports] of [
    [
      'destructures what it requires',
      'reader.cjs',
      `const { readFileSync, writeFileSync } = require('fs'); const { createServer } = require('http');`,
    ],
    [
      'imports by name',
      'reader.mjs',
      `import { readFileSync, writeFileSync } from 'fs'; import { createServer } from 'http';`,
    ],
  ] as const) {
    it(`lets a program that ${kind} read a file while it serves others`, async () => {
      const fifo = join(folder, `${name}.fifo`);
      execFileSync('mkfifo', [fifo]);
      // Reading ends when somebody has written, which is another request.
      const child = start(
        name,
        `${imports}
         const path = ${JSON.stringify(fifo)};
         const server = createServer((request, response) => {
           if (request.url === '/read') return response.end('got ' + readFileSync(path, 'utf8'));
           writeFileSync(path, 'written');
           response.end();
         });
         server.listen(0, '127.0.0.1', () => console.log(server.address().port));`,
      );
      expect(await readWhileServing(child)).to.equal('got written');
    });
  }

  it('leaves an error that a handler throws uncaught', async () => {
    const child = start(
      'throws.mjs',
      `import { createServer } from 'node:http';
       const server = createServer(() => { throw new Error('from the handler'); });
       server.listen(0, '127.0.0.1', () => {
         fetch('http://127.0.0.1:' + server.address().port).catch(() => undefined);
       });`,
    );
    const { text, code } = await output(child);
    expect(text).to.match(/Error: from the handler/);
    expect(code).to.equal(1);
  });

  it('says so where there are no green threads, and does not start the program', async () => {
    const child = start('never.cjs', `console.log('started')`, {
      GUDEG_GREEN_STACK_PATH: '/nowhere/green_stack.node',
    });
    const { text, code } = await output(child);
    expect(text)
      .to.match(/GUDEG_ERR_NATIVE_UNAVAILABLE/)
      .and.match(/Green threads need the addon green_stack/)
      .and.not.match(/started/);
    expect(code).to.equal(1);
  });
});
