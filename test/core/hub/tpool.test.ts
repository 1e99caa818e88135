import { expect } from 'chai';
import {
  getcurrent,
  gyield,
  sleep,
  spawn,
  Timeout,
  tpool,
  wait,
} from '../../../src/core/hub/index.ts';
import { errorOf } from './in-green.ts';

/** A module's address: its functions live in another thread. */
const counter = new URL(
  `data:text/javascript,${encodeURIComponent(`
    export default (n) => n * 2;
    export class Counter {
      count;
      constructor(start) { this.count = start; }
      add(n) { return this.count += n; }
      async addLater(n) { return this.count += n; }
      fail() { throw Object.assign(new RangeError('too far'), { code: 'E_FAR', count: this.count }); }
    }
  `)}#Counter`,
);

interface Counter {
  readonly count: number;
  add(n: number): number;
  addLater(n: number): Promise<number>;
  fail(): never;
}

describe('tpool', function () {
  this.timeout(30_000);
  this.slow(2000);

  after(() => {
    tpool.killall();
  });

  it('195: execute() throws what the function throws, in the caller', async () => {
    await spawn(() => {
      const error = errorOf(() =>
        tpool.execute((code: string) => {
          throw Object.assign(new RangeError('in the thread'), { code });
        }, 'E_CODE'),
      );
      expect(error).to.be.instanceOf(RangeError);
      expect(error).to.include({ message: 'in the thread', code: 'E_CODE' });
    });
  });

  it('195: execute() gives what the function gives, and the loop turns meanwhile', async () => {
    // Says what it is in, and goes on only when the loop has turned.
    const shared = new Int32Array(new SharedArrayBuffer(8));
    const thread = spawn(() =>
      tpool.execute((memory: Int32Array) => {
        Atomics.store(memory, 0, 1);
        Atomics.notify(memory, 0);
        Atomics.wait(memory, 1, 0);
        return new Map([['sum', 3n]]);
      }, shared),
    );
    while (Atomics.load(shared, 0) === 0) await new Promise((resolve) => setImmediate(resolve));
    Atomics.store(shared, 1, 1);
    Atomics.notify(shared, 1);
    expect(await thread).to.deep.equal(new Map([['sum', 3n]]));
  });

  it('195: Proxy forwards calls and attributes to an object in another thread', async () => {
    await spawn(() => {
      const proxy = tpool.Proxy<Counter>(counter, 5);
      expect(proxy.add(2)).to.equal(7);
      expect(proxy.addLater(3)).to.equal(10);
      expect(proxy.count).to.equal(10);
      expect('add' in proxy).to.be.true;
      expect(errorOf(() => proxy.fail())).to.include({ code: 'E_FAR', count: 10 });
      proxy[Symbol.dispose]();
      expect(errorOf(() => proxy.add(1))).to.have.property('code', 'GUDEG_ERR_HUB_SHUT_DOWN');
      expect(errorOf(() => tpool.Proxy(new URL('data:text/javascript,#none')))).to.match(
        /no function 'none'/,
      );
    });
    expect(() => tpool.Proxy(counter, 5)).to.throw('would block');
  });

  it('196: runs an export of a module, and functions that import', async () => {
    await spawn(() => {
      const url = new URL(counter);
      url.hash = '';
      expect(tpool.execute<[number], number>(url, 21)).to.equal(42);
      expect(
        tpool.execute(async (text: string) => {
          const { createHash } = await import('node:crypto');
          return createHash('sha256').update(text).digest('hex').slice(0, 8);
        }, 'hello'),
      ).to.equal('2cf24dba');
    });
  });

  it('has as many jobs at a time as threads, and stops the thread of a job that is timed out', async () => {
    using pool = new tpool.ThreadPool(1);
    const forever = (): never => {
      for (;;);
    };
    await spawn(() => {
      const blocked = spawn(() => errorOf(() => new Timeout(0.1).run(() => pool.execute(forever))));
      gyield();
      const next = spawn(() => pool.execute((n: number) => n + 1, 1));
      gyield();
      expect(pool.statistics().waiting).to.equal(1);
      expect(blocked.wait()).to.be.instanceOf(Timeout);
      expect(next.wait()).to.equal(2);
      expect(pool.statistics()).to.include({ size: 1, created: 2, destroyed: 1 });
      pool.resize(2);
      expect(pool.statistics().size).to.equal(1);
    });
  });

  it('has a twin that gives a promise; an abort stops the thread', async () => {
    expect(await tpool.executeAsync((a: number, b: number) => a + b, [1, 2])).to.equal(3);
    expect(getcurrent()).to.be.undefined;
    const controller = new AbortController();
    const shared = new Int32Array(new SharedArrayBuffer(4));
    const endless = tpool.executeAsync(
      (memory: Int32Array) => {
        for (;;) Atomics.add(memory, 0, 1);
      },
      [shared],
      { signal: controller.signal },
    );
    while (Atomics.load(shared, 0) === 0) await new Promise((resolve) => setImmediate(resolve));
    controller.abort(new Error('enough'));
    expect(await endless.catch((error: unknown) => error)).to.have.property('message', 'enough');
    expect(() => tpool.execute(() => 1)).to.throw('would block');
  });

  it('says what cannot cross', async () => {
    await spawn(() => {
      const object: Record<string, unknown> = {
        method() {
          return 1;
        },
      };
      for (const wrong of [object['method'], Math.max, 5, undefined]) {
        expect(errorOf(() => tpool.execute(wrong as never))).to.be.instanceOf(TypeError);
      }
      const uncloneable = errorOf(() =>
        tpool.execute(
          (fn: () => void) => fn,
          () => undefined,
        ),
      );
      expect(uncloneable).to.have.property('name', 'DataCloneError');
      const result = errorOf(() => tpool.execute(() => () => undefined));
      expect(result).to.have.property('name', 'DataCloneError');
      expect(errorOf(() => tpool.execute(() => process.exit(3)))).to.match(/exit code 3/);
      expect(tpool.execute(() => 'still there')).to.equal('still there');
      sleep(0);
      wait(Promise.resolve());
    });
  });
});
