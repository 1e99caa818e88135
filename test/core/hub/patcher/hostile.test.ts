import { AsyncLocalStorage, createHook, executionAsyncId } from 'node:async_hooks';
import childProcess from 'node:child_process';
import crypto from 'node:crypto';
import fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import zlib from 'node:zlib';
import { expect } from 'chai';
import {
  Event,
  getcurrent,
  gyield,
  monkeyPatch,
  original,
  restore,
  sleep,
  spawn,
} from '../../../../src/core/hub/index.ts';
import { NodeProgram } from '../../../support/node-program.ts';
import { errorOf, parks } from '../in-green.ts';

// A worker thread has no compiler for TypeScript.
const built = new URL('../../../../dist/core/hub/index.js', import.meta.url).href;

/** A program that runs a text in a worker thread and another one in the main thread, which has it as `worker`. */
function inWorker(inside: string, outside: string): string {
  const imports = `
    import fs from 'node:fs'; import { execFileSync } from 'node:child_process';
    import { Worker, parentPort } from 'node:worker_threads';
    import { getcurrent, monkeyPatch, spawn } from '${built}';
    monkeyPatch();`;
  const url = `data:text/javascript,${encodeURIComponent(imports + inside)}`;
  return `${imports} const worker = new Worker(new URL(${JSON.stringify(url)})); ${outside}`;
}

const openDescriptors = (): number => fs.readdirSync('/proc/self/fd').length;

describe('patched calls, used without mercy', function () {
  this.timeout(60_000);
  this.slow(5000);
  let folder: string;
  let file: string;

  before(() => {
    folder = fs.mkdtempSync(join(tmpdir(), 'gudeg-hostile-'));
    file = join(folder, 'file');
    fs.writeFileSync(file, 'content');
  });

  beforeEach(() => {
    monkeyPatch();
  });

  afterEach(() => {
    restore();
  });

  after(() => {
    fs.rmSync(folder, { recursive: true });
  });

  it('take the arguments that they have, and no more: forEach(unlinkSync), map(statSync)', async () => {
    await spawn(() => {
      const files = ['a', 'b', 'c'].map((name) => join(folder, name));
      for (const each of files) fs.writeFileSync(each, 'x');
      expect(files.map<fs.Stats>(fs.statSync as never).map((each) => each.size)).to.deep.equal([
        1, 1, 1,
      ]);
      files.forEach(fs.unlinkSync);
      expect(files.some(fs.existsSync)).to.be.false;
      const packed = [Buffer.from('x')].map(zlib.gzipSync as never);
      expect(packed.map(zlib.gunzipSync as never).map(String)).to.deep.equal(['x']);
      expect(errorOf(() => files.map(fs.readFileSync as never))).to.be.instanceOf(TypeError);
      const descriptors = [fs.openSync(file, 'r'), fs.openSync(file, 'r')];
      descriptors.forEach(fs.closeSync);
    });
  });

  it('a function where none belongs is refused or ignored as ever, and never called', async () => {
    const strays: Record<string, () => unknown> = {
      stat: () => (fs.statSync as (...args: unknown[]) => fs.Stats)(file, never).size,
      readFile: () => (fs.readFileSync as (...args: unknown[]) => unknown)(file, never),
      mkdir: () => (fs.mkdirSync as (...args: unknown[]) => unknown)(join(folder, 'dir'), never),
      readdir: () => (fs.readdirSync as (...args: unknown[]) => unknown)(folder, never),
      access: () => (fs.accessSync as (...args: unknown[]) => unknown)(file, never),
      gzip: () =>
        String(zlib.gunzipSync((zlib.gzipSync as (...args: unknown[]) => Buffer)('x', never))),
      scrypt: () => (crypto.scryptSync as (...args: unknown[]) => unknown)('a', 'b', 8, never),
      random: () =>
        (crypto.randomFillSync as (...args: unknown[]) => unknown)(Buffer.alloc(1), never),
    };
    function never(): never {
      throw new Error('called');
    }
    const outcome = (call: () => unknown): unknown => {
      try {
        return call();
      } catch (error) {
        return (error as Error).message;
      }
    };
    for (const [name, call] of Object.entries(strays)) {
      const expected = outcome(call);
      fs.rmSync(join(folder, 'dir'), { recursive: true, force: true });
      const found = await spawn(() => outcome(call));
      fs.rmSync(join(folder, 'dir'), { recursive: true, force: true });
      expect(found, name).to.deep.equal(expected);
    }
  });

  it('know no signal, as the originals do not', async () => {
    const signal = AbortSignal.abort();
    await spawn(() => {
      expect(String(fs.readFileSync(file, { signal } as never))).to.equal('content');
      fs.writeFileSync(file, 'content', { signal });
      fs.appendFileSync(file, '', { signal });
      const output = childProcess.execFileSync('echo', ['x'], { signal } as object);
      expect(String(output)).to.equal('x\n');
    });
  });

  it('leave no descriptor open when the thread is killed while it opens one', async () => {
    await spawn(() => {
      fs.closeSync(fs.openSync(file, 'r'));
      const before = openDescriptors();
      const victims = Array.from({ length: 50 }, (_, i) =>
        spawn(() => (i % 2 === 0 ? fs.openSync(file, 'r') : fs.opendirSync(folder))),
      );
      gyield();
      for (const victim of victims) victim.kill();
      for (const victim of victims) {
        victim.join();
        // Those that were done before are the test's to close.
        if (typeof victim.value === 'number') fs.closeSync(victim.value);
        else victim.value?.closeSync();
      }
      expect(victims.some(({ killed }) => killed)).to.be.true;
      // What was under way then is over when as much again has been.
      for (let i = 0; i < 100 && openDescriptors() > before; i++) fs.statSync(file);
      expect(openDescriptors()).to.be.at.most(before);
    });
  });

  it('a killed thread may clean up with them, parking again', async () => {
    const path = join(folder, 'cleanup');
    await spawn(() => {
      const victim = spawn(() => {
        fs.writeFileSync(path, 'x');
        try {
          new Event().wait();
        } finally {
          fs.unlinkSync(path);
        }
      });
      while (victim.statistics().waitsIn !== 'Event.wait()') gyield();
      victim.kill(undefined, { block: true });
      expect(fs.existsSync(path)).to.be.false;
      const sticky = spawn(() => {
        fs.writeFileSync(path, 'x');
        try {
          new Event().wait();
        } finally {
          fs.unlinkSync(path);
        }
      });
      while (sticky.statistics().waitsIn !== 'Event.wait()') gyield();
      sticky.kill(undefined, { block: true, sticky: true });
      // It could not wait for the end of it, but it has begun it.
      while (fs.existsSync(path)) gyield();
    });
  });

  it('end well when the functions are put back meanwhile, and may be patched again', async () => {
    await spawn(() => {
      const under = Array.from({ length: 20 }, () => spawn(() => fs.readFileSync(file, 'utf8')));
      gyield();
      restore();
      expect(under.map((each) => each.wait())).to.deep.equal(Array(20).fill('content'));
      monkeyPatch();
      expect(fs.readFileSync(file, 'utf8')).to.equal('content');
    });
  });

  it('a function that was taken out of its module goes on parking, patched or not', async () => {
    const { readFileSync } = fs;
    restore();
    expect(await parks(() => readFileSync(file))).to.be.true;
    expect(readFileSync(file, 'utf8')).to.equal('content');
    monkeyPatch();
    expect(fs.readFileSync).to.equal(readFileSync);
  });

  it('original() blocks in code that calls it, and the rest of the thread parks', async () => {
    const read = original('fs')['readFileSync'] as unknown as (path: string) => Buffer;
    await spawn(() => {
      expect(errorOf(() => read(join(folder, 'nothing')))).to.have.property('code', 'ENOENT');
    });
    expect(await parks(() => fs.readFileSync(file))).to.be.true;
  });

  it('may be made anywhere: in a comparator, a getter, toJSON, a proxy, a tag, a generator, a static block', async () => {
    const length = (): number => fs.readFileSync(file, 'utf8').length;
    await spawn(() => {
      expect([3, 1, 2].sort((a, b) => a - b + length() - length())).to.deep.equal([1, 2, 3]);
      const object = {
        get size() {
          return length();
        },
        toJSON: () => ({ size: length() }),
        [Symbol.toPrimitive]: () => length(),
        *[Symbol.iterator]() {
          yield length();
        },
      };
      expect([object.size, JSON.stringify(object), +object, ...object]).to.deep.equal([
        7,
        '{"size":7}',
        7,
        7,
      ]);
      const proxy = new Proxy<Record<string, number>>({}, { get: () => length() });
      expect(proxy['any']).to.equal(7);
      class Late {
        static readonly size: number;
        readonly any = 0;
        static {
          Reflect.set(this, 'size', length());
        }
      }
      expect(Late.size).to.equal(7);
      expect('a-b'.replace(/[ab]/g, () => String(length()))).to.equal('7-7');
      expect(Array.from({ length: 2 }, length)).to.deep.equal([7, 7]);
    });
  });

  it('Error.prepareStackTrace may make them, and sees the frames of their errors', async () => {
    const before = Object.getOwnPropertyDescriptor(Error, 'prepareStackTrace');
    const missing = (): unknown => errorOf(() => fs.readFileSync(join(folder, 'nothing')));
    try {
      const stacks = await spawn(() => {
        Error.prepareStackTrace = (error, frames) =>
          `${error.message.slice(0, 6)} ${fs.readFileSync(file, 'utf8')} ${frames[0]?.getFunctionName() ?? ''}`;
        const { stack } = missing() as Error;
        return [stack, spawn(() => (missing() as Error).stack).wait()];
      });
      expect(stacks[0]).to.match(/^ENOENT content /);
      expect(stacks[1]).to.equal(stacks[0]);
      Error.prepareStackTrace = () => {
        throw new RangeError('no stack');
      };
      const error = await spawn(() => errorOf(() => (missing() as Error).stack));
      expect(error)
        .to.have.property('message')
        .that.matches(/no stack/);
    } finally {
      if (before === undefined) Reflect.deleteProperty(Error, 'prepareStackTrace');
      else Object.defineProperty(Error, 'prepareStackTrace', before);
    }
  });

  it('each thread keeps its AsyncLocalStorage across them, entered or run, with hooks or without', async () => {
    const storage = new AsyncLocalStorage<number>();
    const work = (i: number): unknown[] => {
      const seen: unknown[] = [storage.getStore()];
      storage.run(i, () => {
        seen.push(storage.getStore());
        fs.readFileSync(file);
        seen.push(storage.getStore());
        storage.run(-i, () => {
          crypto.randomFillSync(Buffer.alloc(8));
          seen.push(storage.getStore());
        });
        zlib.gzipSync('x');
        seen.push(storage.getStore());
      });
      storage.enterWith(i + 1000);
      fs.statSync(file);
      seen.push(storage.getStore());
      return seen;
    };
    const check = async (): Promise<void> => {
      const threads = storage.run(7, () => Array.from({ length: 50 }, (_, i) => spawn(work, i)));
      for (const [i, thread] of threads.entries()) {
        expect(await thread).to.deep.equal([7, i, i, -i, i, i + 1000]);
      }
      expect(storage.getStore()).to.be.undefined;
    };
    await check();
    const depth: number[] = [];
    let unbalanced = 0;
    const hook = createHook({
      before: (id) => depth.push(id),
      after: (id) => {
        // What runs now began before the hook.
        if (depth.length > 0 && depth.pop() !== id) unbalanced++;
      },
    }).enable();
    try {
      await check();
      const ids = await spawn(() => {
        const before = executionAsyncId();
        fs.readFileSync(file);
        return [before, executionAsyncId()];
      });
      // From Node 24 on it is that of the turn of the event loop.
      if (Number(process.versions.node.split('.')[0]) < 24) expect(ids[1]).to.equal(ids[0]);
      expect(unbalanced).to.equal(0);
    } finally {
      hook.disable();
    }
  });

  it('output stays in order: writes to the descriptors 1 and 2 block as ever', async () => {
    await using program = NodeProgram.text(
      `import fs from 'node:fs'; import { monkeyPatch, spawn } from 'gudeg/green';
       monkeyPatch();
       spawn(() => { fs.writeSync(1, 'one '); fs.writeSync(1, 'two '); });
       spawn(() => { fs.writeSync(1, 'three '); console.log('four'); });
       spawn(() => { process.exit(); });`,
    );
    expect((await program.end).stdout).to.equal('one two three four\n');
  });

  it('in exit listeners they block, on a green thread too, and in a worker thread', async () => {
    const listener = (name: string): string =>
      `process.on('exit', () => {
         fs.writeSync(1, '${name} ' + (getcurrent() !== undefined) + ' ' + fs.readFileSync('/dev/null').length + '\\n');
       });
       for (let i = 0; i < 5; i++) spawn(() => { for (;;) fs.readFileSync('/dev/null'); });`;
    const program = inWorker(
      `${listener('worker')} spawn(() => { fs.statSync('/'); process.exit(); });`,
      `${listener('main')} worker.on('exit', () => spawn(() => { fs.statSync('/'); process.exit(); }));`,
    );
    await using running = NodeProgram.text(program);
    expect(await running.end).to.include({
      stdout: 'worker true 0\nmain true 0\n',
      stderr: '',
      code: 0,
    });
  });

  it('a worker thread may be terminated while its threads are in them', async () => {
    const program = inWorker(
      `for (let i = 0; i < 20; i++) spawn(() => { for (;;) fs.readFileSync('/dev/null'); });
       spawn(() => execFileSync('sleep', ['1']));
       spawn(() => { fs.statSync('/'); parentPort.postMessage('busy'); });`,
      `worker.once('message', async () => { console.log('ended', await worker.terminate()); });`,
    );
    await using running = NodeProgram.text(program);
    expect(await running.end).to.include({ stdout: 'ended 1\n', stderr: '', code: 0 });
  });

  it('a recursion without end through them is a RangeError, and nothing else is harmed', async () => {
    const dive = (depth: number): number => {
      if (depth % 1000 === 0) fs.statSync(file);
      return dive(depth + 1) + 1;
    };
    const [deep, other] = [
      spawn(() => errorOf(() => dive(1))),
      spawn(() => fs.readFileSync(file, 'utf8')),
    ];
    expect(await deep).to.be.instanceOf(RangeError);
    expect(await other).to.equal('content');
    expect(getcurrent()).to.be.undefined;
    await spawn(() => {
      sleep(0);
    });
  });
});
