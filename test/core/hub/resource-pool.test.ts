import { expect } from 'chai';
import {
  ConnectionPool,
  Event,
  gyield,
  ResourcePool,
  sleep,
  spawn,
  Timeout,
  VirtualClock,
  onUnhandledError,
} from '../../../src/core/hub/index.ts';
import { errorOf, inGreen } from './in-green.ts';

interface Item {
  readonly id: number;
}

/** A pool of numbered items, and the numbers of those that were ended. */
function numbered(options: Partial<ConstructorParameters<typeof ResourcePool<Item>>[0]> = {}) {
  let made = 0;
  const ended: number[] = [];
  const pool = new ResourcePool<Item>({
    create: () => ({ id: ++made }),
    destroy: ({ id }) => ended.push(id),
    ...options,
  });
  return { pool, ended, made: () => made };
}

describe('ResourcePool', () => {
  it(
    'makes resources when they are needed, and gives the one that has rested longest',
    inGreen(() => {
      const { pool, made } = numbered();
      const [one, two] = [pool.get(), pool.get()];
      expect([one.id, two.id, pool.free()]).to.deep.equal([1, 2, 2]);
      pool.put(one);
      pool.put(two);
      expect(pool.free()).to.equal(4);
      expect(pool.with(({ id }) => id)).to.equal(1);
      expect(pool.with(({ id }) => id)).to.equal(2);
      expect(made()).to.equal(2);
      expect(pool.statistics()).to.deep.equal({
        size: 2,
        idle: 2,
        inUse: 0,
        waiting: 0,
        created: 2,
        destroyed: 0,
      });
    }),
  );

  it(
    'gives the one that came back last with orderAsStack',
    inGreen(() => {
      const { pool } = numbered({ orderAsStack: true });
      const [one, two] = [pool.get(), pool.get()];
      pool.put(one);
      pool.put(two);
      expect([pool.get().id, pool.get().id]).to.deep.equal([2, 1]);
    }),
  );

  it(
    'hands what comes back to whoever has waited longest, and to nobody who was killed',
    inGreen(() => {
      const { pool } = numbered({ maxSize: 1 });
      const item = pool.get();
      const log: string[] = [];
      const waiters = ['a', 'b', 'c'].map((name) =>
        spawn(() => {
          pool.with(({ id }) => log.push(name + String(id)));
        }),
      );
      gyield();
      expect(pool.waiting()).to.equal(3);
      pool.put(item);
      // It was handed to the first, who never gets to run.
      waiters[0]?.kill();
      waiters[2]?.wait();
      expect(log).to.deep.equal(['b1', 'c1']);
      expect(pool.statistics().idle).to.equal(1);
    }),
  );

  it(
    'throws a Timeout when none comes in time, and keeps its count',
    inGreen(() => {
      const { pool } = numbered({ maxSize: 1 });
      const item = pool.get();
      expect(errorOf(() => pool.get(0.5)))
        .to.be.instanceOf(Timeout)
        .with.property('message', '0.5 seconds');
      pool.put(item);
      expect(pool.get(0)).to.equal(item);
    }),
  );

  it(
    'gives the slot back when create() fails, throws, or is too slow',
    inGreen(() => {
      const failures = [
        () => {
          throw new Error('refused');
        },
        () => Promise.reject(new Error('refused later')),
        () => {
          sleep(2);
          return { id: 0 };
        },
      ];
      const { pool } = numbered({
        maxSize: 1,
        createTimeout: 1,
        create: () => failures.shift()?.() ?? { id: 5 },
      });
      expect(errorOf(() => pool.get())).to.have.property('message', 'refused');
      expect(errorOf(() => pool.get())).to.have.property('message', 'refused later');
      expect(errorOf(() => pool.get())).to.be.instanceOf(Timeout);
      expect(pool.get().id).to.equal(5);
    }),
  );

  it(
    'ends what create() promised and nobody waits for any more',
    inGreen(() => {
      let arrive: (item: Item) => void = () => undefined;
      const arrival = new Promise<Item>((resolve) => (arrive = resolve));
      const { pool, ended } = numbered({ create: () => arrival });
      const thread = spawn(() => pool.get());
      gyield();
      thread.kill();
      arrive({ id: 7 });
      sleep(0.001);
      expect(ended).to.deep.equal([7]);
      expect(pool.statistics()).to.include({ size: 0, inUse: 0 });
    }),
  );

  it(
    'ends what is idle for maxIdle, but keeps minSize, and what is older than maxAge',
    inGreen(() => {
      const { pool, ended } = numbered({ minSize: 1, maxIdle: 10, maxAge: 60 });
      const items = [pool.get(), pool.get(), pool.get()];
      for (const item of items) pool.put(item);
      sleep(9);
      pool.with(() => undefined);
      expect(ended).to.deep.equal([]);
      sleep(1.5);
      expect(ended).to.deep.equal([2, 3]);
      sleep(40);
      expect(ended).to.deep.equal([2, 3]);
      const held = pool.get();
      sleep(20);
      expect(ended).to.deep.equal([2, 3]);
      pool.put(held);
      expect(ended).to.deep.equal([2, 3, 1]);
      expect(pool.get().id).to.equal(4);
    }),
  );

  it(
    'grows for those who wait, and shrinks as resources come back',
    inGreen(() => {
      const { pool, ended } = numbered({ maxSize: 1 });
      const first = pool.get();
      const second = spawn(() => pool.get());
      gyield();
      expect(second.dead).to.be.false;
      pool.resize(2);
      expect(second.wait().id).to.equal(2);
      pool.resize(1);
      expect(pool.free()).to.equal(-1);
      pool.put(second.wait());
      pool.put(first);
      expect(ended).to.deep.equal([2]);
      pool.discard(pool.get());
      expect(ended).to.deep.equal([2, 1]);
    }),
  );

  it(
    'takes back only what it lent, once',
    inGreen(() => {
      const { pool } = numbered();
      const item = pool.get();
      pool.put(item);
      for (const wrong of [item, { id: 1 }]) {
        expect(errorOf(() => pool.put(wrong))).to.have.property('code', 'GUDEG_ERR_HUB_STATE');
        expect(errorOf(() => pool.discard(wrong))).to.have.property('code', 'GUDEG_ERR_HUB_STATE');
      }
    }),
  );

  it(
    'once closed ends everything, and refuses those who wait and those who come',
    inGreen(() => {
      const { pool, ended } = numbered({ maxSize: 2 });
      const [held, rested] = [pool.get(), pool.get()];
      const waiting = spawn(() => errorOf(() => pool.get()));
      gyield();
      pool.close();
      expect(waiting.wait()).to.have.property('code', 'GUDEG_ERR_HUB_SHUT_DOWN');
      expect(errorOf(() => pool.get())).to.have.property('code', 'GUDEG_ERR_HUB_SHUT_DOWN');
      pool.put(held);
      pool.put(rested);
      expect(ended).to.deep.equal([1, 2]);
    }),
  );

  it('has twins that give promises, need no green thread, and take a signal', async () => {
    using _clock = new VirtualClock({ autojump: true });
    const { pool } = numbered({ maxSize: 1, create: () => Promise.resolve({ id: 3 }) });
    const item = await pool.getAsync();
    const controller = new AbortController();
    const aborted = pool.getAsync({ signal: controller.signal }).catch((error: unknown) => error);
    controller.abort(new Error('enough'));
    expect(await aborted).to.have.property('message', 'enough');
    expect(await pool.getAsync({ timeout: 1 }).catch((error: unknown) => error)).to.be.instanceOf(
      Timeout,
    );
    const next = pool.withAsync(({ id }) => Promise.resolve(id + 1));
    pool.put(item);
    expect(await next).to.equal(4);
    expect(() => pool.get()).to.throw('would block');
  });

  it('reports what goes wrong in destroy()', async () => {
    const reported: unknown[] = [];
    const before = onUnhandledError((error) => reported.push(error));
    try {
      const endings = [
        () => {
          throw new Error('at once');
        },
        () => Promise.reject(new Error('later')),
      ];
      const pool = new ResourcePool({ create: () => ({}), destroy: () => endings.shift()?.() });
      pool.discard(await pool.getAsync());
      pool.discard(await pool.getAsync());
      await new Promise((resolve) => setImmediate(resolve));
      expect(reported.map((error) => (error as Error).message)).to.deep.equal(['at once', 'later']);
    } finally {
      onUnhandledError(before);
    }
  });

  it('refuses options that make no sense', () => {
    expect(() => new ResourcePool({ create: 5 as never })).to.throw(TypeError, 'create');
    expect(() => numbered({ destroy: 5 as never })).to.throw(TypeError, 'destroy');
    expect(() => numbered({ maxSize: -1 })).to.throw(RangeError, 'maxSize');
    expect(() => numbered({ maxIdle: -1 })).to.throw(RangeError, 'maxIdle');
  });
});

describe('ConnectionPool', () => {
  it(
    'cleans what comes back, also from a thread that was killed, and ends what it cannot clean',
    inGreen(() => {
      const log: string[] = [];
      let made = 0;
      let isBroken = false;
      const pool = new ConnectionPool({
        connect: () => {
          sleep(0.1);
          return { id: ++made };
        },
        close: ({ id }) => log.push(`close ${id}`),
        cleanup: ({ id }) => {
          sleep(0.1);
          if (isBroken) throw new Error('gone');
          log.push(`clean ${id}`);
        },
      });
      pool.with(() => undefined);
      const victim = spawn(() => {
        pool.with(() => {
          sleep(5);
        });
      });
      sleep(1);
      victim.kill(undefined, { sticky: true, block: true });
      expect(log).to.deep.equal(['clean 1', 'clean 1']);
      isBroken = true;
      pool.with(() => undefined);
      expect(log.slice(2)).to.deep.equal(['close 1']);
      expect(pool.statistics()).to.include({ size: 0 });
    }),
  );

  it(
    'ends connections that rest for 10 seconds, and gives up connecting after 5',
    inGreen(() => {
      const ended: number[] = [];
      const connects = [() => 1, () => new Event<number>().wait()];
      const pool = new ConnectionPool<number>({
        connect: () => connects.shift()?.() ?? 2,
        close: (connection) => ended.push(connection),
      });
      pool.with(() => undefined);
      sleep(9.9);
      expect(ended).to.deep.equal([]);
      sleep(0.2);
      expect(ended).to.deep.equal([1]);
      expect(errorOf(() => pool.get())).to.have.property('message', '5 seconds');
      expect(pool.get()).to.equal(2);
    }),
  );

  it('cleans by promises outside green threads', async () => {
    const log: string[] = [];
    const cleanups = [() => Promise.resolve(log.push('clean')), () => Promise.reject(new Error())];
    const pool = new ConnectionPool({
      connect: () => Promise.resolve({}),
      close: () => log.push('close'),
      cleanup: () => cleanups.shift()?.(),
      maxIdle: null,
      maxAge: null,
    });
    await pool.withAsync(() => undefined);
    await pool.withAsync(() => undefined);
    await new Promise((resolve) => setImmediate(resolve));
    expect(log).to.deep.equal(['clean', 'close']);
  });
});
