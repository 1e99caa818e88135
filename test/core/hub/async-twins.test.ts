import { execFileSync } from 'node:child_process';
import {
  closeSync,
  constants,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import * as hub from '../../../src/core/hub/index.ts';

const {
  AsyncResult,
  CappedSemaphore,
  Channel,
  Condition,
  DAGPool,
  connectAsync,
  Event,
  GreenPile,
  GreenPool,
  Group,
  iwaitAsync,
  joinallAsync,
  LightQueue,
  listenAsync,
  Queue,
  ResourcePool,
  RLock,
  Semaphore,
  sleep,
  sleepAsync,
  spawn,
  ThreadEvent,
  Timeout,
  trampolineAsync,
  waitAsync,
} = hub;

interface Limits {
  timeout?: number;
  signal?: AbortSignal;
}

/** Every Async twin that can wait, where it has to wait; each ends when its signal is aborted. */
const waits: Record<string, (limits: Limits) => Promise<unknown>> = {
  'AsyncResult.getAsync': (limits) => new AsyncResult().getAsync(limits),
  'AsyncResult.waitAsync': (limits) => new AsyncResult().waitAsync(limits),
  'CappedSemaphore.acquireAsync': (limits) => new CappedSemaphore(0, 1).acquireAsync(limits),
  'CappedSemaphore.releaseAsync': (limits) => new CappedSemaphore(1, 1).releaseAsync(limits),
  'Condition.acquireAsync': async (limits) => {
    const condition = new Condition();
    await condition.acquireAsync({});
    await condition.acquireAsync({}, limits);
  },
  'Condition.waitAsync': (limits) => {
    const condition = new Condition();
    return condition.withAsync((owner) => condition.waitAsync(owner, limits));
  },
  'Condition.waitForAsync': (limits) => {
    const condition = new Condition();
    return condition.withAsync((owner) => condition.waitForAsync(owner, () => false, limits));
  },
  'Condition.withAsync': async (limits) => {
    const condition = new Condition();
    await condition.acquireAsync({});
    await condition.withAsync(() => 1, limits);
  },
  'Event.waitAsync': (limits) => new Event().waitAsync(limits),
  'GreenPile.nextAsync': (limits) => {
    const pile = new GreenPile();
    pile.spawn(() => sleep(0.05));
    return pile.nextAsync(limits);
  },
  'GreenPool.joinAsync': (limits) => {
    const pool = new GreenPool();
    pool.spawn(() => sleep(0.05));
    return pool.joinAsync(limits);
  },
  'GreenPool.mapAsync': (limits) => new GreenPool().mapAsync(() => sleep(0.05), [[1]], limits),
  'GreenPool.spawnAsync': (limits) => new GreenPool(0).spawnAsync(() => 1, [], limits),
  'GreenPool.waitallAsync': (limits) => {
    const pool = new GreenPool();
    pool.spawn(() => sleep(0.05));
    return pool.waitallAsync(limits);
  },
  'GreenThread.joinAsync': (limits) => spawn(() => sleep(0.05)).joinAsync(limits),
  'GreenThread.waitAsync': (limits) => spawn(() => sleep(0.05)).waitAsync(limits),
  'Group.joinAsync': (limits) => {
    const group = new Group();
    group.spawn(() => sleep(0.05));
    return group.joinAsync(limits);
  },
  'Group.mapAsync': (limits) => new Group().mapAsync(() => sleep(0.05), [[1]], limits),
  iwaitAsync: (limits) => iwaitAsync([new Event()], limits).next(),
  joinallAsync: (limits) => joinallAsync([spawn(() => sleep(0.05))], limits),
  'LightQueue.getAsync': (limits) => new LightQueue().getAsync(limits),
  'LightQueue.putAsync': (limits) => new Channel().putAsync(1, limits),
  'Queue.joinAsync': (limits) => {
    const queue = new Queue();
    queue.putNowait(1);
    return queue.joinAsync(limits);
  },
  'RLock.acquireAsync': async (limits) => {
    const lock = new RLock();
    await lock.acquireAsync({});
    await lock.acquireAsync({}, limits);
  },
  'RLock.withAsync': async (limits) => {
    const lock = new RLock();
    await lock.acquireAsync({});
    await lock.withAsync(() => 1, limits);
  },
  'DAGPool.waitAsync': (limits) => new DAGPool().waitAsync(['nobody'], limits),
  'ResourcePool.getAsync': (limits) =>
    new ResourcePool({ create: () => 1, maxSize: 0 }).getAsync(limits),
  'ResourcePool.withAsync': (limits) =>
    new ResourcePool({ create: () => 1, maxSize: 0 }).withAsync(() => 1, limits),
  'Semaphore.acquireAsync': (limits) => new Semaphore(0).acquireAsync(limits),
  'Semaphore.withAsync': (limits) => new Semaphore(0).withAsync(() => 1, limits),
  sleepAsync: (limits) => sleepAsync(60, limits),
  'ThreadEvent.waitAsync': (limits) => new ThreadEvent().waitAsync(limits),
  waitAsync: (limits) => waitAsync([new Event()], limits),
};

/** Twins that need a file or a socket; they have tests of their own below and in other files. */
const elsewhere = [
  'connectAsync',
  'GreenListener.acceptAsync',
  'GreenSocket.readexactlyAsync',
  'GreenSocket.readlineAsync',
  'GreenSocket.recvAsync',
  'GreenSocket.sendallAsync',
  'GreenMap.nextAsync',
  'GreenMap.toArrayAsync',
  'listenAsync',
  'resolveHostAsync',
  'trampolineAsync',
  'wrapSslAsync',
];

const thrownBy = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => 'nothing was thrown',
    (error: unknown) => error,
  );

describe('Async twins', () => {
  for (const [name, start] of Object.entries(waits)) {
    it(`${name} ends with the reason of its signal`, async () => {
      const controller = new AbortController();
      const waiting = thrownBy(start({ signal: controller.signal }));
      await new Promise((resolve) => setImmediate(resolve));
      const reason = new Error('enough');
      controller.abort(reason);
      expect(await waiting).to.equal(reason);
      expect(await thrownBy(start({ signal: AbortSignal.abort(reason) }))).to.equal(reason);
    });
  }

  it('are all tested here', () => {
    const names: string[] = [];
    for (const [name, value] of Object.entries(hub) as [string, unknown][]) {
      if (typeof value !== 'function') continue;
      if (name.endsWith('Async')) names.push(name);
      const { prototype } = value as { prototype?: object };
      for (const method of Object.getOwnPropertyNames(prototype ?? {})) {
        if (method.endsWith('Async') && !method.startsWith('acquireAgain')) {
          names.push(`${name}.${method}`);
        }
      }
    }
    expect(names.sort()).to.deep.equal([...Object.keys(waits), ...elsewhere].sort());
  });

  it('exist for every call that says that it would block', () => {
    // What only makes sense on a stack of its own.
    const greenOnly = [
      'gyield',
      'kill',
      'scope',
      'serve',
      'waitCallback',
      'withSignal',
      'withTimeout',
    ];
    const folder = new URL('../../../src/core/hub/', import.meta.url);
    const calls = new Set<string>();
    for (const file of readdirSync(folder).filter((each) => each.endsWith('.ts'))) {
      const source = readFileSync(new URL(file, folder), 'utf8');
      const names = /(?:name: |hub\.blocking\(|runningThread\()'([\w.]+?)(?:Async)?\([a-z]*\)'/g;
      for (const [, name] of source.matchAll(names)) calls.add(name as string);
    }
    const twins = [...Object.keys(waits), ...elsewhere];
    const missing = [...calls].filter(
      (name) => !greenOnly.includes(name) && !twins.includes(`${name}Async`),
    );
    expect(missing).to.deep.equal([]);
    expect(calls.size).to.be.above(20);
  });

  it('of locks: an owner may take it again, others wait, and with() names one', async () => {
    const lock = new RLock();
    const [mine, yours] = [{ me: 1 }, { you: 1 }];
    expect(await lock.acquireAsync(mine)).to.be.true;
    expect(await lock.acquireAsync(mine)).to.be.true;
    expect([lock.count, lock.isOwned(mine), lock.isOwned(yours)]).to.deep.equal([2, true, false]);
    expect(await lock.acquireAsync(yours, { timeout: 0.001 })).to.be.false;
    expect(() => {
      lock.release(yours);
    }).to.throw('another holds');
    const waiting = lock.withAsync((owner) => lock.isOwned(owner));
    const green = spawn(() => lock.with(() => 'green'));
    lock.release(mine);
    lock.release(mine);
    expect([await waiting, await green, lock.locked()]).to.deep.equal([true, 'green', false]);
    expect(await thrownBy(lock.acquireAsync(1 as unknown as object))).to.be.instanceOf(TypeError);
    await lock.acquireAsync(mine);
    expect(await thrownBy(lock.withAsync(() => 1, { timeout: 0.001 }))).to.be.instanceOf(Timeout);
  });

  it('of conditions: green threads and promises wake each other, each with the lock', async () => {
    const condition = new Condition();
    let stage = 0;
    const promised = condition.withAsync(async (owner) => {
      await condition.waitForAsync(owner, () => stage === 1);
      expect(condition.lock.isOwned(owner)).to.be.true;
      stage = 2;
      condition.notifyAll(owner);
    });
    const green = spawn(() =>
      condition.with(() => {
        stage = 1;
        condition.notifyAll();
        return condition.waitFor(() => stage === 2, 5);
      }),
    );
    expect(await green).to.be.true;
    await promised;
    expect(await condition.withAsync((owner) => condition.waitAsync(owner, { timeout: 0.001 }))).to
      .be.false;
    expect(await thrownBy(condition.waitAsync({}))).to.have.property('code', 'GUDEG_ERR_HUB_STATE');
  });

  it('of waiting for several: threads in the order of their ends, wrapped when they come one by one', async () => {
    const threads = [0.015, 0.001].map((seconds) =>
      spawn(() => {
        sleep(seconds);
        return seconds;
      }),
    );
    const order: number[] = [];
    for await (const { object } of iwaitAsync(threads)) order.push(threads.indexOf(object));
    expect(order).to.deep.equal([1, 0]);
    expect(await waitAsync(threads, { count: 1 })).to.have.lengthOf(1);
    expect(await joinallAsync(threads, { timeout: 1 })).to.have.members(threads);
    const error = new Error('one fails');
    const failing = spawn(() => {
      throw error;
    });
    expect(await thrownBy(joinallAsync([failing], { raiseError: true }))).to.equal(error);
    expect(await waitAsync([new Event()], { timeout: 0.001 })).to.deep.equal([]);
  });

  it('of maps and piles: results in order, errors at their position, for await', async () => {
    const double = (n: number): number => n * 2;
    expect(await new GreenPool(2).mapAsync(double, [[1, 2, 3]])).to.deep.equal([2, 4, 6]);
    expect(await new Group<number>().mapAsync(double, [[1, 2, 3]])).to.deep.equal([2, 4, 6]);
    const pile = new GreenPile<number>(2);
    await spawn(() => {
      for (let i = 0; i < 3; i++) pile.spawn(double, i);
    });
    const seen: number[] = [];
    for await (const value of { [Symbol.asyncIterator]: () => pile[Symbol.asyncIterator]() }) {
      seen.push(value);
    }
    expect(seen).to.deep.equal([0, 2, 4]);
  });

  it('of sockets: a conversation in promises, each call with a timeout and a signal', async () => {
    using listener = await listenAsync(['127.0.0.1', 0]);
    const client = await connectAsync(listener.address, { timeout: 5 });
    const server = await listener.acceptAsync();
    await client.sendallAsync('one\ntwo\nthree');
    expect(await server.readlineAsync()).to.equal('one\n');
    expect(Buffer.from(await server.readexactlyAsync(4)).toString()).to.equal('two\n');
    expect(await thrownBy(server.readexactlyAsync(50, { timeout: 0.02 }))).to.be.instanceOf(
      Timeout,
    );
    const reason = new Error('enough');
    expect(
      await thrownBy(server.readlineAsync(100, { signal: AbortSignal.abort(reason) })),
    ).to.equal(reason);
    const busy = server.readexactlyAsync(6);
    expect(await thrownBy(server.recvAsync())).to.have.property(
      'code',
      'GUDEG_ERR_HUB_BUSY_DESCRIPTOR',
    );
    await client.sendallAsync('\n');
    expect(Buffer.from(await busy).toString()).to.equal('three\n');
    client.shutdown('write');
    expect(await server.recvAsync()).to.have.lengthOf(0);
    await server.sendallAsync('a\nb\n');
    server.close();
    const lines: string[] = [];
    for await (const line of { [Symbol.asyncIterator]: () => client[Symbol.asyncIterator]() }) {
      lines.push(line);
    }
    expect(lines).to.deep.equal(['a\n', 'b\n']);
    client.close();
    expect(await thrownBy(client.recvAsync())).to.have.property('code', 'GUDEG_ERR_HUB_IO');
    const aborted = connectAsync(listener.address, { signal: AbortSignal.abort(reason) });
    expect(await thrownBy(aborted)).to.equal(reason);
    const accepting = listener.acceptAsync({ signal: AbortSignal.timeout(1) });
    expect(await thrownBy(accepting)).to.have.property('name', 'TimeoutError');
  });

  it('of trampoline(): readable, timed out, aborted, busy', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'gudeg-green-'));
    const fifo = join(folder, 'fifo');
    execFileSync('mkfifo', [fifo]);
    const read = openSync(fifo, constants.O_RDONLY | constants.O_NONBLOCK);
    const write = openSync(fifo, constants.O_WRONLY);
    try {
      const waiting = trampolineAsync(read, { read: true });
      expect(await thrownBy(trampolineAsync(read, { read: true }))).to.have.property(
        'code',
        'GUDEG_ERR_HUB_BUSY_DESCRIPTOR',
      );
      await trampolineAsync(write, { write: true });
      writeSync(write, 'x');
      await waiting;
      const reason = new Error('enough');
      const { signal } = new AbortController();
      expect(
        await thrownBy(trampolineAsync(read, { read: true, signal: AbortSignal.abort(reason) })),
      ).to.equal(reason);
      await trampolineAsync(read, { read: true, signal, timeoutMs: 1000 });
    } finally {
      closeSync(read);
      closeSync(write);
      rmSync(folder, { recursive: true });
    }
  });
});
