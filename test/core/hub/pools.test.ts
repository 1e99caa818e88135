import { expect } from 'chai';
import {
  Full,
  GreenletExit,
  GreenPile,
  GreenPool,
  Group,
  onUnhandledError,
  sleep,
  spawn,
  Timeout,
} from '../../../src/core/hub/index.ts';
import { errorOf, inGreen, recorder } from './in-green.ts';

const codeOf = (error: unknown): unknown => (error as { code?: unknown }).code;

describe('GreenPool', () => {
  it(
    '138: runs at most its size at a time',
    inGreen(() => {
      const pool = new GreenPool(3);
      let running = 0;
      let most = 0;
      for (let i = 0; i < 10; i++) {
        pool.spawn(() => {
          most = Math.max(most, ++running);
          sleep(0.001);
          running--;
        });
      }
      pool.waitall();
      expect([most, pool.running(), pool.free()]).to.deep.equal([3, 0, 3]);
    }),
  );

  it(
    '139: spawn() waits for a slot',
    inGreen(() => {
      const { log, record } = recorder();
      const pool = new GreenPool(1);
      pool.spawn(() => {
        sleep(0.002);
        record('first');
      });
      pool.spawn(record, 'second');
      record('spawned');
      pool.waitall();
      expect(log).to.deep.equal(['first', 'spawned', 'second']);
    }),
  );

  it(
    '140: a member of a full pool that spawns runs the function itself',
    inGreen(() => {
      const pool = new GreenPool(1);
      const outer = pool.spawn(() => pool.spawn(() => 'inner').wait());
      expect(outer.wait()).to.equal('inner');
      const failing = pool.spawn(() => {
        const thread = pool.spawn(() => {
          throw new Error('inside');
        });
        return errorOf(() => thread.wait());
      });
      expect(failing.wait()).to.be.instanceOf(Error);
    }),
  );

  it(
    '141: waitall() returns at once when idle, and is an error in a member',
    inGreen(() => {
      const pool = new GreenPool(2);
      pool.waitall();
      expect(codeOf(pool.spawn(() => errorOf(() => pool.waitall())).wait())).to.equal(
        'GUDEG_ERR_HUB_STATE',
      );
    }),
  );

  it(
    '142: waitall() counts spawners that wait behind the pool',
    inGreen(() => {
      const { log, record } = recorder();
      const pool = new GreenPool(1);
      pool.spawn(() => sleep(0.001));
      const spawners = [1, 2].map((i) =>
        spawn(() =>
          pool.spawn(() => {
            sleep(0.001);
            record(i);
          }),
        ),
      );
      sleep(0);
      expect(pool.waiting()).to.equal(2);
      pool.waitall();
      expect(log).to.deep.equal([1, 2]);
      for (const spawner of spawners) expect(spawner.dead).to.be.true;
    }),
  );

  it('143: an error frees the slot, and spawnN reports it', async () => {
    const reports: unknown[] = [];
    const before = onUnhandledError((error) => reports.push(error));
    try {
      await spawn(() => {
        const pool = new GreenPool(1);
        const error = new Error('member');
        pool.spawnN(() => {
          throw error;
        });
        sleep(0);
        expect([pool.free(), pool.running()]).to.deep.equal([1, 0]);
        expect(reports).to.deep.equal([error]);
        const thread = pool.spawn(() => {
          throw error;
        });
        thread.join();
        expect([pool.free(), pool.running()]).to.deep.equal([1, 0]);
      }).waitAsync();
    } finally {
      onUnhandledError(before);
    }
  });

  it(
    '145: resize() down lets members finish, up lets a blocked spawner go on',
    inGreen(() => {
      const pool = new GreenPool(2);
      const threads = [1, 2].map(() => pool.spawn(() => sleep(0.002)));
      pool.resize(1);
      expect([pool.free(), pool.running()]).to.deep.equal([-1, 2]);
      for (const thread of threads) thread.wait();
      expect([pool.free(), pool.running()]).to.deep.equal([1, 0]);
      pool.spawn(() => sleep(0.01));
      const spawner = spawn(() => pool.spawn(() => 'ran').wait());
      sleep(0);
      pool.resize(2);
      expect(spawner.wait()).to.equal('ran');
      pool.waitall();
    }),
  );

  it(
    '147: starmap() is lazy',
    inGreen(() => {
      let consumed = 0;
      const inputs = function* (): Generator<[number], void, undefined> {
        for (let i = 0; i < 10; i++) {
          consumed++;
          yield [i];
        }
      };
      const results = new GreenPool(2).starmap((i: number) => i * 10, inputs());
      for (let i = 0; i < 10; i++) sleep(0);
      expect(consumed).to.equal(3);
      expect(results.next().value).to.equal(0);
      for (let i = 0; i < 10; i++) sleep(0);
      expect(consumed).to.equal(4);
      expect([...results]).to.deep.equal([10, 20, 30, 40, 50, 60, 70, 80, 90]);
    }),
  );

  it(
    '148: starmap() throws an error at its position, and may go on; without a function it gives the arguments',
    inGreen(() => {
      const pool = new GreenPool(4);
      const results = pool.starmap(
        (i: number) => {
          if (i === 1) throw new Error('one');
          return i;
        },
        [[0], [1], [2]] as [number][],
      );
      expect(results.next().value).to.equal(0);
      expect((errorOf(() => results.next()) as Error).message).to.equal('one');
      expect(results.next().value).to.equal(2);
      expect(results.next().done).to.be.true;
      expect([...pool.starmap(null, [[1, 2]] as [number, number][])]).to.deep.equal([[1, 2]]);
    }),
  );

  it(
    '149: size 0 blocks every spawn; a negative size is a RangeError, no number a TypeError',
    inGreen(() => {
      const pool = new GreenPool(0);
      const spawner = spawn(() => pool.spawn(() => 'ran').wait());
      sleep(0.002);
      expect(spawner.dead).to.be.false;
      pool.resize(1);
      expect(spawner.wait()).to.equal('ran');
      expect(() => new GreenPool(-1)).to.throw(RangeError);
      expect(() => new GreenPool('2' as never)).to.throw(TypeError);
    }),
  );

  it(
    'imap(), map() and imapUnordered()',
    inGreen(() => {
      const pool = new GreenPool(3);
      const slow = (seconds: number): number => {
        sleep(seconds);
        return seconds;
      };
      expect(pool.map(slow, [0.006, 0.001, 0.003])).to.deep.equal([0.006, 0.001, 0.003]);
      expect([...pool.imapUnordered(slow, [0.012, 0.001, 0.006])]).to.deep.equal([
        0.001, 0.006, 0.012,
      ]);
      expect(pool.map((a: number, b: number) => a + b, [1, 2], [10, 20, 30])).to.deep.equal([
        11, 22,
      ]);
    }),
  );

  it('results can be iterated outside green threads', async () => {
    const results: number[] = [];
    const map = new GreenPool(2).starmap((i: number) => i + 1, [[1], [2], [3]] as [number][]);
    for await (const value of { [Symbol.asyncIterator]: () => map[Symbol.asyncIterator]() })
      results.push(value);
    expect(results).to.deep.equal([2, 3, 4]);
  });
});

describe('GreenPool as a set of threads', () => {
  it(
    '153: free(), full(), has(), add() to a full one, join(), sizes 0 and -1',
    inGreen(() => {
      const pool = new GreenPool(2);
      const first = pool.spawn(() => sleep(0.002));
      const second = spawn(() => sleep(0.004));
      expect([pool.free(), pool.full(), pool.has(first), pool.has(second)]).to.deep.equal([
        1,
        false,
        true,
        false,
      ]);
      pool.add(second);
      expect([pool.free(), pool.full(), pool.running()]).to.deep.equal([0, true, 2]);
      const third = spawn(() => sleep(0.001));
      expect(errorOf(() => pool.add(third, false))).to.be.instanceOf(Full);
      pool.add(third);
      expect(first.dead).to.be.true;
      expect(pool.join(0.001)).to.be.false;
      expect(pool.join()).to.be.true;
      expect([pool.free(), pool.running()]).to.deep.equal([2, 0]);
      const none = new GreenPool(0);
      expect(errorOf(() => new Timeout(0.002).run(() => none.spawn(() => 1)))).to.be.instanceOf(
        Timeout,
      );
      expect(() => new GreenPool(-1)).to.throw(RangeError);
    }),
  );

  it(
    '154: killing the pool ends its members',
    inGreen(() => {
      const pool = new GreenPool(3);
      const threads = [1, 2, 3].map(() => pool.spawn(() => sleep(10)));
      sleep(0);
      pool.kill();
      expect([pool.running(), threads.every((thread) => thread.killed)]).to.deep.equal([0, true]);
    }),
  );
});

describe('GreenPile', () => {
  it(
    '151: results in the order of spawning, errors at their position, reuse, sharing, empty',
    inGreen(() => {
      const pile = new GreenPile<number>(3);
      for (let i = 0; i < 5; i++) {
        pile.spawn((n: number) => {
          sleep(0.005 - n * 0.001);
          return n;
        }, i);
      }
      expect([...pile]).to.deep.equal([0, 1, 2, 3, 4]);
      pile.spawn(() => 1);
      pile.spawn(() => {
        throw new Error('second');
      });
      pile.spawn(() => 3);
      expect(pile.next().value).to.equal(1);
      expect((errorOf(() => pile.next()) as Error).message).to.equal('second');
      expect([...pile]).to.deep.equal([3]);
      expect([...new GreenPile()]).to.deep.equal([]);
      const pool = new GreenPool(2);
      const [a, b] = [new GreenPile<string>(pool), new GreenPile<string>(pool)];
      a.spawn(() => 'a');
      b.spawn(() => 'b');
      expect([[...a], [...b]]).to.deep.equal([['a'], ['b']]);
    }),
  );
});

describe('Group', () => {
  it(
    '155: join() with a timeout, kill(), raiseError',
    inGreen(() => {
      const group = new Group();
      const thread = group.spawn(() => sleep(10));
      expect([group.size, group.has(thread)]).to.deep.equal([1, true]);
      expect(group.join({ timeout: 0.002 })).to.be.false;
      group.kill();
      expect(group.size).to.equal(0);
      group.spawn(() => {
        sleep(0);
        throw new Error('member');
      });
      expect((errorOf(() => group.join({ raiseError: true })) as Error).message).to.equal('member');
    }),
  );

  it(
    '156: imap() in order, imapUnordered() as they come, all at a time, in members',
    inGreen(() => {
      const group = new Group<number>();
      const slow = (seconds: number): number => {
        sleep(seconds);
        return seconds;
      };
      const inputs = [0.006, 0.001, 0.003];
      const results = group.imap(slow, inputs);
      expect(results.next().value).to.equal(0.006);
      expect([...results]).to.deep.equal([0.001, 0.003]);
      expect([...group.imapUnordered(slow, inputs)]).to.deep.equal([0.001, 0.003, 0.006]);
      expect(group.map(slow, inputs)).to.deep.equal(inputs);
      const never = group.imap(slow, [5, 5, 5]);
      sleep(0);
      expect(group.size).to.equal(3);
      group.kill();
      expect(errorOf(() => never.next())).to.be.instanceOf(GreenletExit);
    }),
  );

  it(
    'a wait for a result of imap() or a pile that is interrupted leaves it to the next one',
    inGreen(() => {
      const pile = new GreenPile<string>(2);
      pile.spawn(() => {
        sleep(0.005);
        return 'first';
      });
      pile.spawn(() => 'second');
      expect(errorOf(() => new Timeout(0.001).run(() => pile.next()))).to.be.instanceOf(Timeout);
      expect([...pile]).to.deep.equal(['first', 'second']);
      const results = new GreenPool(2).imap(
        (seconds: number) => {
          sleep(seconds);
          return seconds;
        },
        [0.005, 0.001],
      );
      expect(errorOf(() => new Timeout(0.001).run(() => results.next()))).to.be.instanceOf(Timeout);
      expect([...results]).to.deep.equal([0.005, 0.001]);
    }),
  );
});
