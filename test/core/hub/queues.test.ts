import { expect } from 'chai';
import {
  Channel,
  Empty,
  Full,
  LifoQueue,
  LightQueue,
  PriorityQueue,
  Queue,
  ShutDown,
  sleep,
  spawn,
  Timeout,
} from '../../../src/core/hub/index.ts';
import { errorOf, inGreen, recorder } from './in-green.ts';

describe('queues', () => {
  it(
    '99: the order in which items leave',
    inGreen(() => {
      const drain = (queue: LightQueue): unknown[] =>
        Array.from({ length: queue.qsize() }, () => queue.get());
      const fill = <Q extends LightQueue>(queue: Q, items: unknown[]): Q => {
        for (const item of items) queue.put(item);
        return queue;
      };
      expect(drain(fill(new LightQueue(), [0, 1, 2]))).to.deep.equal([0, 1, 2]);
      expect(drain(fill(new LifoQueue(), [3, 1, 2]))).to.deep.equal([2, 1, 3]);
      expect(drain(fill(new PriorityQueue(), [3, 1, 2]))).to.deep.equal([1, 2, 3]);
      const pairs = fill(new PriorityQueue(), [
        [2, 'b'],
        [1, 'z'],
      ]);
      expect(pairs.get()).to.deep.equal([1, 'z']);
    }),
  );

  it(
    '100: put() waits while a queue is full, get() while it is empty',
    inGreen(() => {
      const { log, record } = recorder();
      const queue = new LightQueue<number>(1);
      const putter = spawn(() => {
        for (const i of [1, 2, 3]) {
          queue.put(i);
          record(`put ${i}`);
        }
      });
      sleep(0);
      expect(log).to.deep.equal(['put 1']);
      expect([queue.get(), queue.get(), queue.get()]).to.deep.equal([1, 2, 3]);
      putter.wait();
    }),
  );

  it(
    '101: Empty and Full, at once and in time',
    inGreen(() => {
      const queue = new LightQueue(1);
      expect(errorOf(() => queue.getNowait())).to.be.instanceOf(Empty);
      expect(errorOf(() => queue.get(true, 0.002))).to.be.instanceOf(Empty);
      expect(errorOf(() => queue.get(false, 99))).to.be.instanceOf(Empty);
      queue.put(1);
      expect(errorOf(() => queue.putNowait(2))).to.be.instanceOf(Full);
      expect(errorOf(() => queue.put(2, false))).to.be.instanceOf(Full);
      expect(errorOf(() => queue.put(2, true, 0.002))).to.be.instanceOf(Full);
    }),
  );

  it(
    '103: a channel’s put() goes on when the item is taken',
    inGreen(() => {
      const { log, record } = recorder();
      const channel = new Channel<string>();
      const putter = spawn(() => {
        channel.put('hi');
        record('sent');
      });
      sleep(0);
      expect([channel.putting(), channel.qsize()]).to.deep.equal([1, 0]);
      record(channel.get());
      putter.wait();
      expect(log).to.deep.equal(['hi', 'sent']);
    }),
  );

  it(
    '104: a channel’s putNowait() succeeds while a getter waits',
    inGreen(() => {
      const channel = new Channel<string>();
      expect(errorOf(() => channel.putNowait('x'))).to.be.instanceOf(Full);
      const getter = spawn(() => channel.get());
      sleep(0);
      channel.putNowait('y');
      expect(getter.wait()).to.equal('y');
    }),
  );

  it(
    '105: sender and receiver interleave on a channel',
    inGreen(() => {
      const { log, record } = recorder();
      const channel = new Channel<string>();
      const receiver = spawn(() => {
        record(channel.get());
        record(channel.get());
      });
      record('sending');
      channel.put('hello');
      record('sent hello');
      channel.put('world');
      record('sent world');
      receiver.wait();
      expect(log).to.deep.equal(['sending', 'hello', 'sent hello', 'world', 'sent world']);
    }),
  );

  it(
    '107: a channel’s put() that times out leaves nothing behind',
    inGreen(() => {
      const channel = new Channel();
      expect(errorOf(() => channel.put(1, true, 0.002))).to.be.instanceOf(Full);
      expect(errorOf(() => channel.getNowait())).to.be.instanceOf(Empty);
      expect(channel.putting()).to.equal(0);
    }),
  );

  it(
    '109: a channel’s getNowait() with a putter waiting is Empty, and the putter still waits',
    inGreen(() => {
      const channel = new Channel();
      const putter = spawn(() => channel.put(1));
      sleep(0);
      expect(errorOf(() => channel.getNowait())).to.be.instanceOf(Empty);
      expect(channel.putting()).to.equal(1);
      expect(channel.get()).to.equal(1);
      putter.wait();
    }),
  );

  it(
    '110: taskDone() too often is an error',
    inGreen(() => {
      const queue = new Queue();
      expect((errorOf(() => queue.taskDone()) as Error).message).to.equal(
        'taskDone() called too many times',
      );
    }),
  );

  it(
    '111: join() returns at once for a fresh queue, and blocks again after reuse',
    inGreen(() => {
      const queue = new Queue<number>();
      expect(queue.join()).to.be.true;
      for (let round = 0; round < 2; round++) {
        queue.put(1);
        expect(queue.join(0.001)).to.be.false;
        queue.get();
        queue.taskDone();
        expect(queue.join()).to.be.true;
      }
    }),
  );

  it(
    '113: resizing a channel lets a blocked put() go on',
    inGreen(() => {
      const channel = new LightQueue(0);
      const putter = spawn(() => channel.put(1));
      sleep(0);
      channel.resize(1);
      putter.wait();
      expect(channel.qsize()).to.equal(1);
    }),
  );

  it(
    '114: getters and putters are served in the order in which they came',
    inGreen(() => {
      const { log, record } = recorder();
      const queue = new LightQueue<number>();
      const getters = [0, 1, 2, 3].map((i) => spawn(() => record([i, queue.get()])));
      sleep(0);
      for (const i of [10, 11, 12, 13]) queue.put(i);
      for (const getter of getters) getter.wait();
      expect(log).to.deep.equal([
        [0, 10],
        [1, 11],
        [2, 12],
        [3, 13],
      ]);
    }),
  );

  it(
    '115: an item is never lost to a getter that is killed or timed out in the same turn',
    inGreen(() => {
      const queue = new LightQueue<string>();
      const killed = spawn(() => queue.get());
      sleep(0);
      killed.kill();
      queue.put('kept');
      expect(queue.qsize()).to.equal(1);
      queue.get();

      const first = spawn(() => queue.get());
      const second = spawn(() => queue.get());
      sleep(0);
      queue.put('handed');
      first.kill();
      expect(second.wait()).to.equal('handed');

      const late = spawn(() => queue.get(true, 0.001));
      const other = spawn(() => queue.get());
      const putter = spawn(() => {
        sleep(0.001);
        queue.put('item');
      });
      expect(errorOf(() => late.wait())).to.be.instanceOf(Empty);
      expect(other.wait()).to.equal('item');
      putter.wait();

      const interrupted = spawn(
        () => new Timeout(0.001, false).run(() => queue.get()) ?? 'timed out',
      );
      const next = spawn(() => queue.get());
      sleep(0);
      queue.put('again');
      sleep(0.002);
      expect([interrupted.wait(), next.dead]).to.deep.equal(['again', false]);
      next.kill();
    }),
  );

  it(
    '117: the counts of those who wait',
    inGreen(() => {
      const queue = new LightQueue<number>(1);
      const counts = (): number[] => [queue.getting(), queue.putting()];
      const getter = spawn(() => queue.get());
      sleep(0);
      expect(counts()).to.deep.equal([1, 0]);
      queue.put(1);
      expect(counts()).to.deep.equal([0, 0]);
      getter.wait();
      queue.put(1);
      const putter = spawn(() => queue.put(2));
      sleep(0);
      expect(counts()).to.deep.equal([0, 1]);
      queue.get();
      putter.wait();
    }),
  );

  it('119: a LightQueue has neither join nor taskDone, and a Queue is one', () => {
    expect(new LightQueue()).to.not.have.property('join');
    expect(new LightQueue()).to.not.have.property('taskDone');
    expect(new Queue()).to.be.instanceOf(LightQueue);
  });

  it('sizes: null and negative are unbounded, 0 is a channel, anything else is a TypeError', () => {
    expect(new LightQueue().maxsize).to.be.null;
    expect(new LightQueue(-1).maxsize).to.be.null;
    const channel = new LightQueue(0);
    expect([channel.empty(), channel.full(), channel.qsize()]).to.deep.equal([true, true, 0]);
    expect(() => new LightQueue('3' as never)).to.throw(TypeError);
  });

  it('can be used outside green threads as long as nothing has to wait', async () => {
    const queue = new LightQueue<number>(1);
    queue.put(1);
    expect((errorOf(() => queue.put(2)) as { code: string }).code).to.equal(
      'GUDEG_ERR_HUB_BLOCKING',
    );
    const waiting = queue.putAsync(2);
    expect(queue.get()).to.equal(1);
    await waiting;
    expect(await queue.getAsync()).to.equal(2);
    const error: unknown = await queue.getAsync({ timeout: 0.001 }).catch((each: unknown) => each);
    expect(error).to.be.instanceOf(Empty);
  });

  it(
    'shutdown() ends iteration when the queue is empty',
    inGreen(() => {
      const queue = new LightQueue<number>();
      queue.put(1);
      queue.put(2);
      queue.shutdown();
      expect([...queue]).to.deep.equal([1, 2]);
      expect(errorOf(() => queue.put(3))).to.be.instanceOf(ShutDown);
    }),
  );
});
