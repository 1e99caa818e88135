import childProcess from 'node:child_process';
import crypto, { scryptSync } from 'node:crypto';
import dns from 'node:dns';
import fs, { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import timers from 'node:timers';
import { Worker } from 'node:worker_threads';
import { gzipSync } from 'node:zlib';
import { expect } from 'chai';
import {
  Event,
  getcurrent,
  isMonkeyPatched,
  LightQueue,
  monkeyPatch,
  original,
  patchFunction,
  type PatchOptions,
  restore,
  sleep,
  spawn,
  Timeout,
  waitCallback,
} from '../../../../src/core/hub/index.ts';
import { errorOf, parks } from '../in-green.ts';

const readSelf = (): unknown => fs.readFileSync(import.meta.filename);

describe('monkeyPatch()', function () {
  this.timeout(20_000);
  this.slow(1000);

  afterEach(() => {
    restore();
  });

  it('197: an unknown part is an error, patching twice is harmless, isMonkeyPatched() tells', () => {
    expect(() => {
      monkeyPatch({ foo: true } as PatchOptions);
    })
      .to.throw(TypeError, "monkeyPatch() has no part 'foo'")
      .with.property('code', 'GUDEG_ERR_INVALID_OPTION');
    expect(isMonkeyPatched('fs')).to.be.false;
    const before = fs.readFileSync;
    monkeyPatch({ fs: true });
    const patched = fs.readFileSync;
    monkeyPatch({ fs: true });
    expect(fs.readFileSync).to.equal(patched).and.to.not.equal(before);
    expect(['fs', 'node:fs', 'zlib', 'nonsense'].map(isMonkeyPatched)).to.deep.equal([
      true,
      true,
      false,
      false,
    ]);
    restore();
    expect(fs.readFileSync).to.equal(before);
    expect(isMonkeyPatched('fs')).to.be.false;
  });

  it('196: patches all but timers, or what is named, or all but what is false', () => {
    const names = ['fs', 'childProcess', 'zlib', 'crypto', 'atomics', 'dns', 'timers'];
    const patched = (): string[] => names.filter(isMonkeyPatched);
    monkeyPatch();
    expect(patched()).to.deep.equal(names.slice(0, -1));
    restore('zlib', 'dns');
    expect(patched()).to.deep.equal(['fs', 'childProcess', 'crypto', 'atomics']);
    restore();
    expect(patched()).to.deep.equal([]);
    monkeyPatch({ timers: true, fs: false });
    expect(patched()).to.deep.equal(['timers']);
    restore();
    monkeyPatch({ zlib: false });
    expect(patched()).to.deep.equal(['fs', 'childProcess', 'crypto', 'atomics', 'dns']);
  });

  it('leaves name, length and properties of every function as they are', () => {
    const modules = { fs, childProcess, crypto };
    const shape = (): unknown[] =>
      Object.values(modules).flatMap((module) =>
        Object.entries(module)
          .filter(([name, value]) => name.endsWith('Sync') && typeof value === 'function')
          .map(([name, value]) => [
            name,
            (value as () => void).name,
            (value as () => void).length,
            Object.keys(value as object),
          ]),
      );
    const before = shape();
    monkeyPatch();
    expect(shape()).to.deep.equal(before);
  });

  it('ES modules that import a function by name get the patched one, and the original back', async () => {
    const before = readFileSync;
    monkeyPatch();
    expect(readFileSync).to.equal(fs.readFileSync).and.to.not.equal(before);
    expect(await parks(() => readFileSync(import.meta.filename))).to.be.true;
    restore();
    expect(readFileSync).to.equal(before);
    expect(await parks(() => readFileSync(import.meta.filename))).to.be.false;
  });

  it('every part parks the calling green thread, and only a green thread', async () => {
    monkeyPatch();
    const shared = new Int32Array(new SharedArrayBuffer(4));
    const calls: Record<string, () => unknown> = {
      fs: readSelf,
      realpath: () => fs.realpathSync.native(tmpdir()),
      exists: () => fs.existsSync('/'),
      childProcess: () => childProcess.execSync('true'),
      zlib: () => gzipSync('text'),
      crypto: () => scryptSync('password', 'salt', 16, { N: 16 }),
      atomics: () => Atomics.wait(shared, 0, 0, 5),
    };
    for (const [name, call] of Object.entries(calls)) {
      expect(await parks(call), name).to.be.true;
      expect(getcurrent(), name).to.be.undefined;
      call();
    }
  });

  it('original() gives what Node made, patched or not', async () => {
    monkeyPatch();
    expect(Object.keys(original('child_process'))).to.have.members([
      'spawnSync',
      'execFileSync',
      'execSync',
    ]);
    const read = original('fs')['readFileSync'] as unknown as (path: string) => Buffer;
    expect(await parks(() => read(import.meta.filename))).to.be.false;
    expect(() => original('nonsense'))
      .to.throw(TypeError, "got 'nonsense'")
      .with.property('code', 'GUDEG_ERR_INVALID_ARG_VALUE');
  });

  it('patchFunction() patches for as long as the function runs', async () => {
    const run = patchFunction((n: number) => [readFileSync.name, isMonkeyPatched('fs'), n], 'fs');
    expect(run(3)).to.deep.equal(['readFileSync', true, 3]);
    expect(isMonkeyPatched('fs')).to.be.false;
    expect(await parks(patchFunction(readSelf))).to.be.true;
    expect(await parks(readSelf)).to.be.false;
    const failing = patchFunction(() => {
      throw new Error('inside');
    });
    expect(failing).to.throw('inside');
    expect(isMonkeyPatched('fs')).to.be.false;
    expect(() => patchFunction(run, 'nope' as 'fs')).to.throw(TypeError);
  });

  it('a call of a thread that is killed or timed out ends with that, its stack untouched', async () => {
    monkeyPatch();
    const shared = new Int32Array(new SharedArrayBuffer(4));
    const error = new Error('killed');
    const { stack } = error;
    const thread = spawn(() => Atomics.wait(shared, 0, 0));
    await spawn(() => {
      sleep(0);
      thread.kill(error);
      expect(errorOf(() => thread.wait())).to.equal(error);
      expect(error.stack).to.equal(stack);
      const slow = (): unknown => childProcess.execFileSync('sleep', ['5']);
      expect(errorOf(() => new Timeout(0.05).run(slow))).to.be.instanceOf(Timeout);
    });
  });

  it('Atomics.wait() is woken by another thread, and keeps the process alive until then', async () => {
    monkeyPatch({ atomics: true });
    const shared = new Int32Array(new SharedArrayBuffer(4));
    const worker = new Worker(
      `const { workerData } = require('node:worker_threads');
       Atomics.store(workerData, 0, 1); Atomics.notify(workerData, 0);`,
      { eval: true, workerData: shared },
    );
    worker.unref();
    expect(await spawn(() => Atomics.wait(shared, 0, 0))).to.be.oneOf(['ok', 'not-equal']);
  });

  it('a module that is being required is loaded in one go', async () => {
    const folder = fs.mkdtempSync(join(tmpdir(), 'gudeg-require-'));
    fs.writeFileSync(
      join(folder, 'module.cjs'),
      `exports.first = 1; require('node:fs').readFileSync(__filename); exports.second = 2;`,
    );
    const require = createRequire(join(folder, 'any.js'));
    try {
      monkeyPatch();
      const load = (): object => ({ ...(require('./module.cjs') as object) });
      const [one, other] = [spawn(load), spawn(load)];
      expect(await one).to.deep.equal({ first: 1, second: 2 });
      expect(await other).to.deep.equal({ first: 1, second: 2 });
    } finally {
      fs.rmSync(folder, { recursive: true });
    }
  });

  it('dns.lookup on a green thread uses the hosts file and the cache, also for the sockets it opens', async () => {
    monkeyPatch({ dns: true });
    const found = await spawn(() =>
      waitCallback<string>((done) => {
        dns.lookup('localhost', 4, done);
      }),
    );
    expect(found).to.equal('127.0.0.1');
    const all = await spawn(() =>
      waitCallback<dns.LookupAddress[]>((done) => {
        dns.lookup('localhost', { all: true, family: 4 }, done);
      }),
    );
    expect(all).to.deep.equal([{ address: '127.0.0.1', family: 4 }]);
    const error = await spawn(() =>
      errorOf(() =>
        waitCallback((done) => {
          connect({ host: 'localhost', port: 1, family: 4 }).on('error', done);
        }),
      ),
    );
    expect(error).to.have.property('code', 'ECONNREFUSED');
  });

  it('timers: what a green thread sets off runs in a green thread, what others set off does not', async () => {
    monkeyPatch({ timers: true });
    expect(isMonkeyPatched('fs')).to.be.false;
    const queue = new LightQueue<unknown>();
    await spawn(() => {
      setTimeout(
        (...values: unknown[]) => queue.put([getcurrent() !== undefined, ...values]),
        1,
        'a',
      );
      timers.setImmediate(() => {
        sleep(0.001);
        queue.put('slept');
      });
      const interval = setInterval(() => queue.put('again'), 1);
      const cancelled = setTimeout(() => queue.put('never'), 2);
      clearTimeout(cancelled);
      const seen = [queue.get(), queue.get(), queue.get(), queue.get()];
      clearInterval(interval);
      expect(seen).to.deep.include.members([[true, 'a'], 'slept', 'again']);
    });
    const outside = new Event<boolean>();
    setTimeout(() => outside.send(getcurrent() === undefined), 1);
    expect(await outside.waitAsync()).to.be.true;
  });

  it('hundreds of green threads may be in patched calls at a time', async () => {
    monkeyPatch();
    const threads = Array.from({ length: 300 }, (_, i) =>
      spawn(() => {
        const folder = fs.mkdtempSync(join(tmpdir(), 'gudeg-many-'));
        try {
          const file = join(folder, String(i));
          fs.writeFileSync(file, gzipSync(String(i)));
          return fs.readdirSync(folder)[0] === String(i) && fs.statSync(file).size > 0;
        } finally {
          fs.rmSync(folder, { recursive: true });
        }
      }),
    );
    for (const thread of threads) expect(await thread).to.be.true;
  });

  it('keeps the loop turning where the unpatched call would stop it', async () => {
    const work = (): unknown => crypto.scryptSync('password', 'salt', 32, { N: 4096 });
    const worstDelay = async (): Promise<number> => {
      const threads = Array.from({ length: 20 }, () => spawn(work));
      let worstMs = 0;
      let last = performance.now();
      let isOver = false;
      const all = Promise.all(threads).then(() => (isOver = true));
      while (!isOver) {
        await new Promise((resolve) => setImmediate(resolve));
        worstMs = Math.max(worstMs, performance.now() - last);
        last = performance.now();
      }
      await all;
      return worstMs;
    };
    const blocked = await worstDelay();
    monkeyPatch();
    expect(await worstDelay()).to.be.below(blocked);
  });
});

describe('waitCallback()', () => {
  it('gives the value of a callback, or throws its error, at once or later', async () => {
    await spawn(() => {
      expect(waitCallback<number>((done) => setImmediate(done, null, 5))).to.equal(5);
      const atOnce = (done: (error: unknown, value: number) => void): void => {
        done(null, 6);
      };
      expect(waitCallback<number>(atOnce)).to.equal(6);
      const error = new Error('called back');
      expect(errorOf(() => waitCallback((done) => setImmediate(done, error)))).to.equal(error);
      expect(
        errorOf(() =>
          waitCallback(() => {
            throw error;
          }),
        ),
      ).to.equal(error);
      expect(errorOf(() => waitCallback(5 as never))).to.be.instanceOf(TypeError);
    });
    expect(() => waitCallback(() => 1)).to.throw('would block');
  });
});
