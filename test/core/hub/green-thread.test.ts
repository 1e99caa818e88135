import { readFile } from 'node:fs/promises';
import { expect } from 'chai';
import {
  GreenletExit,
  getcurrent,
  green,
  type GreenThread,
  gyield,
  kill,
  local,
  onUnhandledError,
  sleep,
  spawn,
  spawnAfter,
  spawnAfterLocal,
  spawnN,
  wait,
} from '../../../src/core/hub/index.ts';
import { errorOf, inGreen, recorder } from './in-green.ts';

describe('green threads', () => {
  it(
    '1: spawned functions run in order, after the caller yields',
    inGreen(() => {
      const { log, record } = recorder();
      for (const i of [0, 1, 2]) spawn(record, i);
      record('caller');
      sleep(0);
      record('after');
      expect(log).to.deep.equal(['caller', 0, 1, 2, 'after']);
    }),
  );

  it(
    '2: a spawned function that yields lets the ones behind it run before it goes on',
    inGreen(() => {
      const { log, record } = recorder();
      const threads = ['a', 'b'].map((name) =>
        spawn(() => {
          record(`${name}1`);
          sleep(0);
          record(`${name}2`);
        }),
      );
      for (const thread of threads) thread.wait();
      expect(log).to.deep.equal(['a1', 'b1', 'a2', 'b2']);
    }),
  );

  it(
    '3: delayed spawns with the same delay run in the order of their making',
    inGreen(() => {
      const { log, record } = recorder();
      const threads = [0, 1, 2, 3, 4].map((i) => spawnAfter(0.005, record, i));
      for (const thread of threads) thread.wait();
      expect(log).to.deep.equal([0, 1, 2, 3, 4]);
    }),
  );

  it(
    '4: wait() gives the function’s value, as often as asked',
    inGreen(() => {
      const thread = spawn((a: number, b: number) => a + b, 2, 3);
      expect(thread.wait()).to.equal(5);
      expect(thread.wait()).to.equal(5);
      expect(thread.value).to.equal(5);
      expect(thread.successful()).to.be.true;
    }),
  );

  it(
    '5: wait() throws the function’s error, as often as asked',
    inGreen(() => {
      const error = new Error('boom');
      const thread = spawn(() => {
        throw error;
      });
      expect(errorOf(() => thread.wait())).to.equal(error);
      expect(errorOf(() => thread.wait())).to.equal(error);
      expect(thread.dead).to.be.true;
    }),
  );

  it('6: an error that nobody takes is reported once, one that is waited for is not', async () => {
    const reports: unknown[] = [];
    const before = onUnhandledError((error) => reports.push(error));
    try {
      const lost = new Error('lost');
      const taken = new Error('taken');
      spawn(() => {
        throw lost;
      });
      const thread = spawn(() => {
        throw taken;
      });
      await thread.waitAsync().catch(() => undefined);
      for (let i = 0; i < 5; i++) await new Promise((resolve) => setImmediate(resolve));
      expect(reports).to.deep.equal([lost]);
    } finally {
      onUnhandledError(before);
    }
  });

  it('7: spawnN reports an error at once, and the next one still runs', async () => {
    const reports: unknown[] = [];
    const before = onUnhandledError((error) => reports.push(error));
    try {
      const error = new Error('spawnN');
      const { log, record } = recorder();
      await spawn(() => {
        spawnN(() => {
          throw error;
        });
        spawnN(record, 'next');
        sleep(0);
        expect(reports).to.deep.equal([error]);
        expect(log).to.deep.equal(['next']);
      }).waitAsync();
    } finally {
      onUnhandledError(before);
    }
  });

  it(
    '9: three that wait for one slow thread all get its value',
    inGreen(() => {
      const slow = spawn(() => {
        sleep(0.005);
        return 'v';
      });
      const waiters = [1, 2, 3].map(() => spawn(() => slow.wait()));
      expect(waiters.map((thread) => thread.wait())).to.deep.equal(['v', 'v', 'v']);
    }),
  );

  it(
    '13: local values are not inherited, and do not come back to the spawner',
    inGreen(() => {
      const values = local<{ x?: number }>();
      values.x = 1;
      const seen = spawn(() => {
        const before = 'x' in values;
        values.x = 2;
        return [before, values.x];
      }).wait();
      expect(seen).to.deep.equal([false, 2]);
      expect(values.x).to.equal(1);
    }),
  );

  it(
    '15: join() of a thread that fails throws nothing',
    inGreen(() => {
      const error = new Error('inside');
      const thread = spawn(() => {
        throw error;
      });
      expect(thread.join()).to.be.true;
      expect(thread.successful()).to.be.false;
      expect(thread.exception).to.equal(error);
      expect(thread.value).to.be.undefined;
      expect(errorOf(() => thread.wait())).to.equal(error);
    }),
  );

  it('is awaitable outside, for values and errors', async () => {
    expect(await spawn(() => 7)).to.equal(7);
    const failing = spawn(() => {
      throw new RangeError('r');
    });
    const error: unknown = await failing.then(
      () => undefined,
      (each: unknown) => each,
    );
    expect(error).to.be.instanceOf(RangeError);
  });

  it('waits for the promise of an async function', async () => {
    expect(await spawn(async () => Promise.resolve(8))).to.equal(8);
  });

  it('green() makes a function that runs in a green thread, with its this and arguments', async () => {
    const object = {
      base: 40,
      add: green(function (this: { base: number }, n: number): number {
        sleep(0.001);
        return this.base + n;
      }),
    };
    expect(await object.add(2)).to.equal(42);
  });

  it('getcurrent() is the running green thread, and undefined outside', async () => {
    expect(getcurrent()).to.be.undefined;
    const thread: GreenThread<boolean> = spawn(() => getcurrent() === (thread as unknown));
    expect(await thread).to.be.true;
    expect(getcurrent()).to.be.undefined;
  });

  it('parks inside a sort comparator, a getter, a replace callback, toJSON and a generator', async () => {
    const object = {
      get value(): string {
        sleep(0.001);
        return 'v';
      },
      toJSON(): string {
        sleep(0.001);
        return 'json';
      },
    };
    const result = await spawn(() => {
      const sorted = [3, 1, 2].sort((a, b) => {
        sleep(0);
        return a - b;
      });
      const replaced = 'abc'.replace(/b/, () => {
        sleep(0.001);
        return object.value;
      });
      const generated = [
        ...(function* () {
          sleep(0.001);
          yield 1;
        })(),
      ];
      return [sorted, replaced, JSON.stringify(object), generated];
    });
    expect(result).to.deep.equal([[1, 2, 3], 'avc', '"json"', [1]]);
  });
});

describe('sleep and yield', () => {
  it(
    '19: sleepers wake in the order of their times',
    inGreen(() => {
      const { log, record } = recorder();
      const threads = [0.03, 0.01, 0.02].map((seconds) =>
        spawn(() => {
          sleep(seconds);
          record(seconds);
        }),
      );
      for (const thread of threads) thread.wait();
      expect(log).to.deep.equal([0.01, 0.02, 0.03]);
    }),
  );

  it(
    '20: a negative sleep is a yield',
    inGreen(() => {
      const { log, record } = recorder();
      spawn(record, 'other');
      sleep(-1);
      expect(log).to.deep.equal(['other']);
    }),
  );

  it('21: a blocking call outside a green thread names itself and the cure', () => {
    for (const call of [
      () => sleep(0),
      () => gyield(),
      () => sleep(1),
      () => wait(Promise.resolve()),
    ]) {
      const error = errorOf(call) as { code: string; message: string };
      expect(error.code).to.equal('GUDEG_ERR_HUB_BLOCKING');
      expect(error.message)
        .to.match(/green thread/)
        .and.to.match(/Async/);
    }
  });

  it('23: a storm of yields does not starve timers and I/O: each turn of the loop ends in time', async () => {
    // Each yield takes 10 µs by this clock, however fast the machine is.
    let clockMs = performance.now();
    performance.now = () => clockMs;
    let isOver = false;
    let worstTurnMs = 0;
    let yields = 0;
    const turn = async (): Promise<void> => {
      const startedMs = clockMs;
      await new Promise((resolve) => setImmediate(resolve));
      worstTurnMs = Math.max(worstTurnMs, clockMs - startedMs);
    };
    try {
      const threads = Array.from({ length: 1000 }, () =>
        spawn(() => {
          // Without the bound it would end only when somebody has starved.
          while (!isOver && yields < 3_000_000) {
            clockMs += 0.01;
            yields++;
            sleep(0);
          }
        }),
      );
      const turning = (async () => {
        while (!isOver) await turn();
      })();
      for (let i = 0; i < 5; i++) await new Promise((resolve) => setTimeout(resolve, 1));
      await readFile(import.meta.filename);
      isOver = true;
      for (const thread of threads) await thread;
      await turning;
    } finally {
      Reflect.deleteProperty(performance, 'now');
    }
    expect(yields).to.be.below(3_000_000);
    expect(worstTurnMs).to.be.above(0).and.below(20);
  });

  it('a turn of the loop runs one green thread where each takes long', async () => {
    let clockMs = performance.now();
    performance.now = () => clockMs;
    let running = 20;
    const turns: number[] = [];
    try {
      const threads = Array.from({ length: 20 }, () =>
        spawn(() => {
          clockMs += 5;
          running--;
        }),
      );
      while (running > 0) {
        const before = running;
        await new Promise((resolve) => setImmediate(resolve));
        turns.push(before - running);
      }
      await Promise.all(threads);
    } finally {
      Reflect.deleteProperty(performance, 'now');
    }
    // The first turn cannot know it yet.
    expect(turns.slice(1).filter((count) => count > 1)).to.deep.equal([]);
    expect(turns.reduce((sum, count) => sum + count, 0)).to.equal(20);
  });

  it('gyield(false) parks until killed', async () => {
    const thread = spawn(() => gyield(false));
    await spawn(() => {
      sleep(0.002);
      expect(thread.dead).to.be.false;
      thread.kill();
    });
    expect(thread.killed).to.be.true;
  });
});

describe('kill and cancel', () => {
  it(
    '24: one that has not started never runs',
    inGreen(() => {
      const { log, record } = recorder();
      const thread = spawn(record, 'ran');
      thread.kill();
      expect(errorOf(() => thread.wait())).to.be.instanceOf(GreenletExit);
      expect(log).to.deep.equal([]);
    }),
  );

  it(
    '25: one that has not started has the given error for its result',
    inGreen(() => {
      const error = new Error('key');
      const thread = spawn(() => 1);
      thread.kill(error);
      expect(errorOf(() => thread.wait())).to.equal(error);
    }),
  );

  it(
    '27: the error is raised where the thread is parked',
    inGreen(() => {
      const error = new TypeError('boom');
      const thread = spawn(() => {
        sleep(10);
      });
      sleep(0);
      thread.kill(error);
      expect(errorOf(() => thread.wait())).to.equal(error);
    }),
  );

  it(
    '29: a thread that has ended keeps its result',
    inGreen(() => {
      const thread = spawn(() => 5);
      thread.wait();
      thread.kill();
      kill(thread);
      expect(thread.wait()).to.equal(5);
    }),
  );

  it(
    '30: a victim can catch what is raised and go on',
    inGreen(() => {
      const thread = spawn(() => {
        try {
          sleep(10);
        } catch {
          return 'survived';
        }
        return 'not killed';
      });
      sleep(0);
      thread.kill();
      expect(thread.wait()).to.equal('survived');
    }),
  );

  it(
    '31: kill() returns before a victim has ended that blocks again',
    inGreen(() => {
      const thread = spawn(() => {
        try {
          sleep(10);
        } catch {
          sleep(0.01);
        }
        return 'late';
      });
      sleep(0);
      thread.kill();
      expect(thread.dead).to.be.false;
      expect(thread.wait()).to.equal('late');
    }),
  );

  it(
    '32: finally blocks run',
    inGreen(() => {
      const { log, record } = recorder();
      const thread = spawn(() => {
        try {
          sleep(10);
        } finally {
          record('finally');
        }
      });
      sleep(0);
      thread.kill();
      expect(log).to.deep.equal(['finally']);
    }),
  );

  it(
    '33: clean-up may block',
    inGreen(() => {
      const { log, record } = recorder();
      const thread = spawn(() => {
        try {
          sleep(10);
        } finally {
          sleep(0.005);
          record('cleaned');
        }
      });
      sleep(0);
      thread.kill();
      expect(thread.dead).to.be.false;
      expect(errorOf(() => thread.wait())).to.be.instanceOf(GreenletExit);
      expect(log).to.deep.equal(['cleaned']);
    }),
  );

  it(
    '34: a second kill interrupts clean-up',
    inGreen(() => {
      const { log, record } = recorder();
      const thread = spawn(() => {
        try {
          sleep(10);
        } finally {
          sleep(10);
          record('never');
        }
      });
      sleep(0);
      thread.kill();
      thread.kill(new Error('second'));
      expect((errorOf(() => thread.wait()) as Error).message).to.equal('second');
      expect(log).to.deep.equal([]);
    }),
  );

  it(
    '35: cancel() before the start: it never runs',
    inGreen(() => {
      const { log, record } = recorder();
      const thread = spawnAfter(0.005, record, 'ran');
      thread.cancel();
      expect(errorOf(() => thread.wait())).to.be.instanceOf(GreenletExit);
      sleep(0.008);
      expect(log).to.deep.equal([]);
    }),
  );

  it(
    '36: cancel() after the start does nothing',
    inGreen(() => {
      const thread = spawn(() => {
        sleep(0.002);
        return 'done';
      });
      sleep(0);
      thread.cancel();
      expect(thread.wait()).to.equal('done');
    }),
  );

  it(
    '37: cancel() with an error: wait() throws it',
    inGreen(() => {
      const error = new RangeError('v');
      const thread = spawnAfter(1, () => 1);
      thread.cancel(error);
      expect(errorOf(() => thread.wait())).to.equal(error);
    }),
  );

  it(
    '38: a thread that kills itself throws on the spot',
    inGreen(() => {
      const { log, record } = recorder();
      const thread: GreenThread = spawn(() => {
        record('before');
        thread.kill();
        record('after');
      });
      expect(errorOf(() => thread.wait())).to.be.instanceOf(GreenletExit);
      expect(log).to.deep.equal(['before']);
    }),
  );

  it(
    '41: kill() with an error: it did not end successfully, and wait() throws the error',
    inGreen(() => {
      const error = new RangeError('v');
      const thread = spawn(() => sleep(10));
      sleep(0);
      thread.kill(error);
      expect([thread.dead, thread.successful(), thread.exception]).to.deep.equal([
        true,
        false,
        error,
      ]);
      expect(errorOf(() => thread.wait())).to.equal(error);
    }),
  );

  it(
    '43: a blocking kill gives up after its timeout',
    inGreen(() => {
      const thread = spawn(() => {
        try {
          sleep(10);
        } catch {
          sleep(0.02);
        }
        return 'end';
      });
      sleep(0);
      thread.kill(undefined, { block: true, timeout: 0.005 });
      expect(thread.dead).to.be.false;
      expect(thread.wait()).to.equal('end');
    }),
  );

  it(
    'a sticky kill throws at every later park',
    inGreen(() => {
      let parks = 0;
      const thread = spawn(() => {
        for (let i = 0; i < 3; i++) {
          try {
            sleep(10);
          } catch {
            parks++;
          }
        }
        sleep(10);
      });
      sleep(0);
      thread.kill(undefined, { sticky: true });
      expect(errorOf(() => thread.wait())).to.be.instanceOf(GreenletExit);
      expect(parks).to.equal(3);
    }),
  );

  it(
    'a delayed local spawn is dropped with its spawner',
    inGreen(() => {
      const { log, record } = recorder();
      spawn(() => {
        spawnAfterLocal(0.002, record, 'ran');
      }).wait();
      sleep(0.006);
      expect(log).to.deep.equal([]);
    }),
  );
});

describe('links', () => {
  it(
    '46: run in order, with the thread and their arguments, when its result is there',
    inGreen(() => {
      const { log, record } = recorder();
      const thread = spawn(() => 3);
      thread.link((each, name) => record([name, each.wait()]), 'first');
      thread.link((each, name) => record([name, each.wait()]), 'second');
      thread.wait();
      expect(log).to.deep.equal([
        ['first', 3],
        ['second', 3],
      ]);
    }),
  );

  it(
    '47: a link to a thread that has ended is called before link() returns',
    inGreen(() => {
      const { log, record } = recorder();
      const thread = spawn(() => 1);
      thread.wait();
      thread.link(() => record('linked'));
      record('returned');
      expect(log).to.deep.equal(['linked', 'returned']);
    }),
  );

  it(
    '49: unlink() needs the same arguments',
    inGreen(() => {
      const { log, record } = recorder();
      const callback = (_thread: unknown, each?: number): void => record(each);
      const thread = spawn(() => 1);
      thread.link(callback, 1);
      expect(thread.unlink(callback)).to.be.false;
      expect(thread.unlink(callback, 1)).to.be.true;
      expect(thread.unlink(callback, 1)).to.be.false;
      thread.wait();
      expect(log).to.deep.equal([]);
    }),
  );

  it(
    '51: a link that is made in a link runs',
    inGreen(() => {
      const { log, record } = recorder();
      const thread = spawn(() => 1);
      thread.link((each) => {
        record('outer');
        each.link(() => record('inner'));
      });
      thread.wait();
      expect(log).to.deep.equal(['outer', 'inner']);
    }),
  );

  it('an error in a link is reported, and the others still run', async () => {
    const reports: unknown[] = [];
    const before = onUnhandledError((error) => reports.push(error));
    try {
      const error = new Error('link');
      const { log, record } = recorder();
      const thread = spawn(() => 9);
      thread.link(() => {
        throw error;
      });
      thread.link(() => record('second'));
      expect(await thread).to.equal(9);
      expect(log).to.deep.equal(['second']);
      expect(reports).to.deep.equal([error]);
    } finally {
      onUnhandledError(before);
    }
  });
});
