import { AsyncLocalStorage, AsyncResource, createHook, executionAsyncId } from 'node:async_hooks';
import vm from 'node:vm';
import { expect } from 'chai';
import {
  DeadlockError,
  dump,
  Event,
  formatDump,
  getcurrent,
  GreenletExit,
  type GreenThread,
  LightQueue,
  recordSpawnSites,
  scope,
  ScopeError,
  sleep,
  sleepAsync,
  spawn,
  spawnAfter,
  statistics,
  ThreadEvent,
  Timeout,
  VirtualClock,
  wait,
  withSignal,
} from '../../../src/core/hub/index.ts';
import { errorOf, inGreen, recorder } from './in-green.ts';

describe('scopes', () => {
  it(
    'end after their children, and give what the body gives',
    inGreen(() => {
      const { log, record } = recorder();
      const value = scope((children) => {
        children.spawn(() => {
          sleep(0.01);
          record('child');
        });
        return 'body';
      });
      expect([value, ...log]).to.deep.equal(['body', 'child']);
    }),
  );

  it(
    '17: a scope whose body is through ends after its threads; one whose body fails ends them, and throws that error',
    inGreen(() => {
      const { log, record } = recorder();
      scope((children) => {
        children.spawn(record, 'work');
        record('body');
      });
      record('over');
      const error = new RangeError('key');
      let thread: GreenThread<void> | undefined;
      const thrown = errorOf(() =>
        scope((children) => {
          thread = children.spawn(() => sleep(10));
          sleep(0);
          throw error;
        }),
      );
      expect(log).to.deep.equal(['body', 'work', 'over']);
      expect([thrown, thread?.killed]).to.deep.equal([error, true]);
    }),
  );

  it(
    '45: children of a killed parent end their clean-up before its own, siblings of a failed child are cancelled',
    inGreen(() => {
      const { log, record } = recorder();
      const parent = spawn(() => {
        try {
          scope((children) => {
            children.spawn(() => {
              try {
                sleep(10);
                record('LEAK');
              } finally {
                record('child');
              }
            });
            sleep(10);
          });
        } finally {
          record('parent');
        }
      });
      sleep(0);
      sleep(0);
      parent.kill(undefined, { block: true });
      expect(log).to.deep.equal(['child', 'parent']);
      expect(parent.exception).to.be.instanceOf(GreenletExit);

      const error = new Error('failed');
      const thrown = errorOf(() =>
        scope((children) => {
          const sibling = children.spawn(() => {
            try {
              sleep(10);
            } finally {
              record('sibling');
            }
          });
          children.spawn(() => {
            throw error;
          });
          sibling.wait();
          record('NOT REACHED');
        }),
      );
      expect(thrown).to.equal(error);
      expect(log).to.deep.equal(['child', 'parent', 'sibling']);
    }),
  );

  it(
    'a child’s clean-up that parks does not let it go on',
    inGreen(() => {
      const { log, record } = recorder();
      const helper = (): void => {
        try {
          sleep(10);
        } finally {
          try {
            sleep(0);
          } catch {
            record('cleanup interrupted');
          }
        }
      };
      scope((children) => {
        children.spawn(() => {
          helper();
          record('LEAK');
        });
        sleep(0);
        children.cancel();
      });
      expect(log).to.deep.equal(['cleanup interrupted']);
    }),
  );

  it(
    'collect several errors',
    inGreen(() => {
      const thrown = errorOf(() =>
        scope((children) => {
          for (const name of ['a', 'b']) {
            children.spawn(() => {
              try {
                sleep(name === 'a' ? 0.001 : 10);
              } finally {
                // Replaces what interrupted it.
                // eslint-disable-next-line no-unsafe-finally
                throw new Error(name);
              }
            });
          }
        }),
      ) as ScopeError;
      expect(thrown).to.be.instanceOf(ScopeError);
      expect(thrown.errors.map((each) => (each as Error).message)).to.deep.equal(['a', 'b']);
    }),
  );

  it(
    'have deadlines, silent ones too, and refuse children when they are over',
    inGreen(() => {
      const thrown = errorOf(() => scope(() => sleep(10), { timeout: 0.01 }));
      expect(thrown).to.be.instanceOf(Timeout);
      let kept: { spawn(fn: () => void): unknown } | undefined;
      const value = scope(
        (children) => {
          kept = children;
          children.spawn(() => sleep(10));
        },
        { timeout: 0.01, silent: true },
      );
      expect(value).to.be.undefined;
      expect((errorOf(() => kept?.spawn(() => undefined)) as { code: string }).code).to.equal(
        'GUDEG_ERR_HUB_SCOPE',
      );
      expect(statistics().unfinished).to.equal(1);
    }),
  );

  it(
    'can keep a kill out until they are over',
    inGreen(() => {
      const { log, record } = recorder();
      const thread = spawn(() => {
        scope(
          () => {
            sleep(0.01);
            record('body ended');
          },
          { shield: true },
        );
        sleep(10);
      });
      sleep(0);
      thread.kill(undefined, { block: true });
      expect(log).to.deep.equal(['body ended']);
      expect(thread.killed).to.be.true;
    }),
  );
});

describe('the hub', () => {
  it(
    '157: deadlines fire in their order, equal ones in the order of their making',
    inGreen(() => {
      const { log, record } = recorder();
      const threads = [
        spawnAfter(0.004, record, 3),
        spawnAfter(0.002, record, 1),
        spawnAfter(0.002, record, 2),
      ];
      for (const thread of threads) thread.wait();
      expect(log).to.deep.equal([1, 2, 3]);
      const cancelled = spawnAfter(1, record, 4);
      cancelled.cancel();
      cancelled.cancel();
      cancelled.join();
    }),
  );

  it('159: a callback of the hub cannot block, and there is one hub', async () => {
    const event = new ThreadEvent();
    const error = new Promise<unknown>((resolve) => {
      event.rawlink(() => {
        try {
          sleep(0);
        } catch (thrown) {
          resolve(thrown);
        }
      });
    });
    event.set();
    expect(await error).to.have.property('code', 'GUDEG_ERR_HUB_BLOCKING');
    const again = (await import('../../../src/core/hub/index.ts')) as { statistics: unknown };
    expect(again.statistics).to.equal(statistics);
    const thread: GreenThread<boolean> = spawn(() => getcurrent() === (thread as unknown));
    expect(await thread).to.be.true;
  });

  it('161: a thread that is awaited and waits for nothing that can come gets a DeadlockError', async () => {
    // The test runner's own timer keeps the loop alive, so the end is announced by hand.
    const event = new Event();
    const inner = spawn(function waitsForNothing() {
      event.wait();
    });
    const outer = spawn(() => inner.wait());
    const awaited = outer.then(
      () => undefined,
      (error: unknown) => error,
    );
    await sleepAsync(0.002);
    process.emit('beforeExit', 0);
    const error = await awaited;
    expect(error).to.be.instanceOf(DeadlockError);
    expect((error as DeadlockError).blocked).to.have.members([inner, outer]);
    expect((error as DeadlockError).message).to.match(
      /Event\.wait\(\), spawned at .*hub\.test\.ts/,
    );
    inner.kill();
    await inner.waitAsync().catch(() => undefined);
  });

  it('20,000 sleepers need one timer', async () => {
    using clock = new VirtualClock();
    let woken = 0;
    const waits = Array.from({ length: 20_000 }, async (_, i) => {
      await sleepAsync(1 + (i % 100));
      woken++;
    });
    expect(statistics().timers).to.equal(20_000);
    await clock.advance(50);
    expect(woken).to.equal(10_000);
    await clock.advance(51);
    await Promise.all(waits);
    expect(statistics().timers).to.equal(0);
  });

  it('an AbortSignal ends everything inside withSignal(), and leaves no listener', async () => {
    const controller = new AbortController();
    let listeners = 0;
    const { signal } = controller;
    const addEventListener = signal.addEventListener.bind(signal);
    const removeEventListener = signal.removeEventListener.bind(signal);
    signal.addEventListener = (...args: Parameters<typeof addEventListener>) => {
      listeners++;
      addEventListener(...args);
    };
    signal.removeEventListener = (...args: Parameters<typeof removeEventListener>) => {
      listeners--;
      removeEventListener(...args);
    };
    await spawn(() => {
      for (let i = 0; i < 1000; i++) withSignal(signal, () => sleep(0));
    });
    expect(listeners).to.equal(0);
    const thread = spawn(() =>
      withSignal(signal, () => {
        try {
          sleep(100);
        } catch {
          sleep(100);
        }
      }),
    );
    await sleepAsync(0.001);
    controller.abort(new Error('aborted'));
    const error: unknown = await thread.waitAsync().catch((each: unknown) => each);
    expect((error as Error).message).to.equal('aborted');
    expect(listeners).to.equal(0);
  });

  it('dump() lists where each thread is, what it waits on, and who spawned it', async () => {
    recordSpawnSites(true);
    const queue = new LightQueue();
    const thread = spawn(function consumer() {
      return innermost();
    });
    thread.name = 'the consumer';
    function innermost(): unknown {
      return queue.get();
    }
    await sleepAsync(0.002);
    try {
      const [found] = dump().filter(({ id }) => id === thread.id);
      expect(found).to.include({
        name: 'the consumer',
        state: 'parked',
        waitsIn: 'LightQueue.get()',
      });
      expect(found?.waitsOn).to.equal(queue);
      expect(found?.stack[0]).to.match(/innermost .*hub\.test\.ts/);
      expect(found?.stack[1]).to.match(/consumer .*hub\.test\.ts/);
      expect(found?.spawnedAt[0]).to.match(/hub\.test\.ts/);
      expect(formatDump()).to.match(/the consumer: parked in LightQueue\.get\(\)/);
      const fromGreen = await spawn(() => dump().length);
      expect(fromGreen).to.equal(2);
      queue.put('still works');
      expect(await thread).to.equal('still works');
    } finally {
      recordSpawnSites(false);
    }
  });

  it('a million spawns leave memory flat', async function () {
    this.timeout(60_000);
    const run = (count: number) =>
      spawn(() => {
        for (let i = 0; i < count; i++) {
          spawn(() => i);
          if (i % 100 === 99) sleep(0);
        }
      });
    await run(200_000);
    const before = process.memoryUsage().rss;
    const { stacks } = statistics();
    await run(1_000_000);
    expect(statistics().stacks).to.be.at.most(stacks + 1);
    expect((process.memoryUsage().rss - before) / 1e6).to.be.below(60);
  });

  it('10,000 parked threads take at most 25 kB each', async function () {
    this.timeout(60_000);
    // AddressSanitizer keeps shadow memory for every stack.
    if (process.env['ASAN_OPTIONS'] !== undefined) this.skip();
    const event = new Event<number>();
    const before = process.memoryUsage().rss;
    const threads = Array.from({ length: 10_000 }, () => spawn(() => event.wait()));
    while (threads.some((thread) => thread.statistics().state !== 'parked'))
      await sleepAsync(0.001);
    const each = (process.memoryUsage().rss - before) / threads.length;
    event.send(1);
    for (const thread of threads) await thread;
    expect(each).to.be.below(25 * 1024);
  });
});

describe('virtual time', () => {
  it('stands still until it is moved, and passes from deadline to deadline', async () => {
    const { log, record } = recorder();
    using clock = new VirtualClock();
    const thread = spawn(() => {
      for (const hour of [1, 2, 3]) {
        sleep(3600);
        record(hour);
      }
    });
    await clock.advance(3599);
    expect(log).to.deep.equal([]);
    await clock.advance(3601);
    expect(log).to.deep.equal([1, 2]);
    await clock.advance(3600);
    await thread;
    expect(clock.now()).to.equal(10_800_000);
  });
});

describe('asynchronous context', () => {
  const storage = new AsyncLocalStorage<string>();

  it('a green thread has the AsyncLocalStorage values of its spawner, across parks', async () => {
    const seen = await Promise.all(
      ['a', 'b', 'c'].map((value) =>
        storage.run(value, () =>
          spawn(() => {
            const before = storage.getStore();
            sleep(0.001);
            wait(sleepAsync(0.001));
            return [before, storage.getStore()];
          }).waitAsync(),
        ),
      ),
    );
    expect(seen).to.deep.equal([
      ['a', 'a'],
      ['b', 'b'],
      ['c', 'c'],
    ]);
    expect(storage.getStore()).to.be.undefined;
  });

  it('values that are set inside stay with the thread', async () => {
    const threads = ['a', 'b', 'c'].map((value, i) =>
      spawn(() =>
        storage.run(value, () => {
          sleep((3 - i) / 1000);
          const inner = storage.run(`${value}${value}`, () => {
            sleep(0.001);
            return storage.getStore();
          });
          return [inner, storage.getStore()];
        }),
      ),
    );
    const seen = await Promise.all(threads.map((thread) => thread.waitAsync()));
    expect(seen).to.deep.equal([
      ['aa', 'a'],
      ['bb', 'b'],
      ['cc', 'c'],
    ]);
  });

  it('parking in the scope of an AsyncResource keeps Node’s bookkeeping in order', async () => {
    const hook = createHook({
      before: () => undefined,
      after: () => undefined,
      init: () => undefined,
    });
    hook.enable();
    try {
      const resource = storage.run('resource', () => new AsyncResource('Test'));
      const threads = [3, 1, 2].map((ms) =>
        spawn(() =>
          resource.runInAsyncScope(() => {
            sleep(ms / 1000);
            storage.run(`own${ms}`, () => sleep(ms / 1000));
            return storage.getStore();
          }),
        ),
      );
      const seen = await Promise.all(threads.map((thread) => thread.waitAsync()));
      expect(seen).to.deep.equal(['resource', 'resource', 'resource']);
      await new Promise((resolve) => setTimeout(resolve, 1));
      expect(executionAsyncId()).to.be.at.least(0);
    } finally {
      hook.disable();
    }
  });

  it('vm contexts: code of another context can park', async () => {
    const context = vm.createContext({ sleep, log: [] as string[] });
    const run = (name: string) =>
      spawn(
        () =>
          vm.runInContext(
            `log.push('${name}1'); sleep(0.001); log.push('${name}2'); 7`,
            context,
          ) as number,
      );
    const values = await Promise.all([run('a').waitAsync(), run('b').waitAsync()]);
    expect(values).to.deep.equal([7, 7]);
    expect(context['log']).to.deep.equal(['a1', 'b1', 'a2', 'b2']);
  });
});
