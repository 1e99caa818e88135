import { expect } from 'chai';
import {
  BoundedSemaphore,
  CappedSemaphore,
  Condition,
  RLock,
  Semaphore,
  sleep,
  spawn,
} from '../../../src/core/hub/index.ts';
import { errorOf, inGreen, recorder } from './in-green.ts';

const codeOf = (error: unknown): unknown => (error as { code?: unknown }).code;

describe('semaphores', () => {
  it(
    '121: acquire, locked, balance, release',
    inGreen(() => {
      const semaphore = new Semaphore(2);
      expect([semaphore.acquire(), semaphore.acquire(), semaphore.acquire(false)]).to.deep.equal([
        true,
        true,
        false,
      ]);
      expect([semaphore.locked(), semaphore.balance]).to.deep.equal([true, 0]);
      semaphore.release();
      expect([semaphore.locked(), semaphore.balance]).to.deep.equal([false, 1]);
    }),
  );

  it(
    '122: acquire() with a timeout gives false in time',
    inGreen(() => {
      const semaphore = new Semaphore(0);
      expect(semaphore.acquire(true, 0.002)).to.be.false;
      expect(semaphore.balance).to.equal(0);
    }),
  );

  it('123: a negative value is a RangeError; 0 is locked', () => {
    expect(() => new Semaphore(-1)).to.throw(RangeError);
    expect(() => new Semaphore('1' as never)).to.throw(TypeError);
    expect(new Semaphore(0).locked()).to.be.true;
  });

  it(
    '125: release() does not switch',
    inGreen(() => {
      const { log, record } = recorder();
      const semaphore = new Semaphore(0);
      const thread = spawn(() => {
        semaphore.acquire();
        record('acquired');
      });
      sleep(0);
      semaphore.release();
      record('releaser');
      thread.wait();
      expect(log).to.deep.equal(['releaser', 'acquired']);
    }),
  );

  it(
    '126: a releaser cannot overtake the one who waits',
    inGreen(() => {
      const semaphore = new Semaphore(0);
      const thread = spawn(() => semaphore.acquire());
      sleep(0);
      semaphore.release();
      expect(semaphore.acquire(false)).to.be.false;
      expect(thread.wait()).to.be.true;
    }),
  );

  it(
    '127: a bounded one cannot be released too often',
    inGreen(() => {
      const semaphore = new BoundedSemaphore(1);
      const release = (): unknown => semaphore.release();
      expect((errorOf(release) as Error).message).to.equal('Semaphore released too many times');
      semaphore.acquire();
      release();
      expect(codeOf(errorOf(release))).to.equal('GUDEG_ERR_HUB_STATE');
    }),
  );

  it(
    '129: a capped one',
    inGreen(() => {
      const semaphore = new CappedSemaphore(2, 3);
      const state = (): unknown[] => [semaphore.locked(), semaphore.bounded(), semaphore.balance];
      semaphore.acquire();
      semaphore.acquire();
      expect(state()).to.deep.equal([true, false, -3]);
      const third = spawn(() => semaphore.acquire());
      sleep(0);
      semaphore.release();
      expect(third.wait()).to.be.true;
      for (let i = 0; i < 3; i++) semaphore.release();
      expect(semaphore.balance).to.equal(3);
      expect(semaphore.bounded()).to.be.true;
      expect(semaphore.release(false)).to.be.false;
      const releaser = spawn(() => semaphore.release());
      sleep(0);
      semaphore.acquire();
      expect(releaser.wait()).to.be.true;
    }),
  );

  it('131: a capped one with bad arguments', () => {
    expect(() => new CappedSemaphore(3, 2)).to.throw(
      RangeError,
      "'count' cannot be more than 'limit'",
    );
    expect(() => new CappedSemaphore(-1, 2)).to.throw(RangeError);
  });

  it(
    '132: a permit that was handed to one who is killed goes to the next',
    inGreen(() => {
      const semaphore = new Semaphore(0);
      const [first, second] = [spawn(() => semaphore.acquire()), spawn(() => semaphore.acquire())];
      sleep(0);
      semaphore.release();
      first.kill();
      expect(second.wait()).to.be.true;
    }),
  );

  it(
    '133: permits go in the order of waiting',
    inGreen(() => {
      const { log, record } = recorder();
      const semaphore = new Semaphore(0);
      const threads = [0, 1, 2, 3, 4].map((i) =>
        spawn(() => {
          semaphore.acquire();
          record(i);
        }),
      );
      sleep(0);
      for (const thread of threads) {
        semaphore.release();
        thread.wait();
      }
      expect(log).to.deep.equal([0, 1, 2, 3, 4]);
    }),
  );

  it(
    '135: a timeout of -1 is none, of -2 a RangeError, and excludes non-blocking',
    inGreen(() => {
      const semaphore = new Semaphore(1);
      expect(semaphore.acquire(true, -1)).to.be.true;
      expect(errorOf(() => semaphore.acquire(true, -2))).to.be.instanceOf(RangeError);
      expect(errorOf(() => semaphore.acquire(false, 1))).to.be.instanceOf(RangeError);
    }),
  );

  it(
    '137: of waiters with timeouts, those who were killed or timed out do not count, the others keep their order',
    inGreen(() => {
      const { log, record } = recorder();
      const semaphore = new Semaphore(0);
      const threads = [1, 0.001, 1, 1].map((timeout, i) =>
        spawn(() => record([i, semaphore.acquire(true, timeout)])),
      );
      sleep(0);
      threads[0]?.kill();
      sleep(0.002);
      semaphore.release();
      semaphore.release();
      for (const thread of threads.slice(1)) thread.wait();
      expect(log).to.deep.equal([
        [1, false],
        [2, true],
        [3, true],
      ]);
      expect(semaphore.counter).to.equal(0);
    }),
  );

  it('has a promise-returning twin', async () => {
    const semaphore = new Semaphore(1);
    expect(await semaphore.acquireAsync()).to.be.true;
    expect(await semaphore.acquireAsync({ timeout: 0.001 })).to.be.false;
    const waiting = semaphore.acquireAsync();
    semaphore.release();
    expect(await waiting).to.be.true;
  });
});

describe('RLock and Condition', () => {
  it(
    'a lock can be taken again by its owner only',
    inGreen(() => {
      const lock = new RLock();
      lock.acquire();
      expect(lock.acquire()).to.be.true;
      expect(spawn(() => lock.acquire(false)).wait()).to.be.false;
      expect(codeOf(spawn(() => errorOf(() => lock.release())).wait())).to.equal(
        'GUDEG_ERR_HUB_STATE',
      );
      lock.release();
      lock.release();
      expect(lock.locked()).to.be.false;
    }),
  );

  it(
    'a condition wakes those who wait, in order, each with the lock',
    inGreen(() => {
      const { log, record } = recorder();
      const condition = new Condition();
      const threads = [0, 1, 2].map((i) =>
        spawn(() =>
          condition.with(() => {
            condition.wait();
            record(i);
            sleep(0);
            record(i);
          }),
        ),
      );
      sleep(0);
      condition.with(() => condition.notify(2));
      threads[0]?.wait();
      threads[1]?.wait();
      expect(log).to.deep.equal([0, 0, 1, 1]);
      condition.with(() => condition.notifyAll());
      threads[2]?.wait();
      expect(codeOf(errorOf(() => condition.notify()))).to.equal('GUDEG_ERR_HUB_STATE');
    }),
  );

  it(
    'a killed waiter of a condition holds the lock in its finally',
    inGreen(() => {
      const condition = new Condition();
      let owned: boolean | undefined;
      const thread = spawn(() =>
        condition.with(() => {
          try {
            condition.wait();
          } finally {
            owned = condition.lock.isOwned();
          }
        }),
      );
      sleep(0);
      thread.kill(undefined, { block: true });
      expect(owned).to.be.true;
      expect(condition.lock.locked()).to.be.false;
    }),
  );
});
