import { expect } from 'chai';
import {
  AsyncResult,
  Event,
  GreenletExit,
  iwait,
  joinall,
  killall,
  sleep,
  spawn,
  wait,
} from '../../../src/core/hub/index.ts';
import { errorOf, inGreen } from './in-green.ts';

describe('waiting for several', () => {
  const sleeper = (seconds: number) =>
    spawn(() => {
      sleep(seconds);
      return seconds;
    });

  it(
    '53: joinall() gives the threads in the order of their ends',
    inGreen(() => {
      const threads = [0.03, 0.01, 0.02].map(sleeper);
      expect(joinall(threads).map((thread) => thread.value)).to.deep.equal([0.01, 0.02, 0.03]);
      expect(joinall([])).to.deep.equal([]);
    }),
  );

  it(
    '54: joinall() with a timeout gives those that ended in time',
    inGreen(() => {
      const threads = [0.001, 10].map(sleeper);
      expect(joinall(threads, { timeout: 0.01 })).to.deep.equal([threads[0]]);
      killall(threads);
    }),
  );

  it(
    '55: joinall() with raiseError throws the first failure while another still runs',
    inGreen(() => {
      const slow = sleeper(10);
      const failing = spawn((): number => {
        sleep(0.001);
        throw new Error('first');
      });
      expect(
        (errorOf(() => joinall([slow, failing], { raiseError: true })) as Error).message,
      ).to.equal('first');
      expect(slow.dead).to.be.false;
      slow.kill();
    }),
  );

  it(
    '56: iwait() gives objects as they become ready, of different kinds',
    inGreen(() => {
      const event = new Event();
      const result = new AsyncResult();
      const thread = sleeper(0.002);
      spawn(() => result.set(1));
      const seen: unknown[] = [];
      for (const object of iwait([event, thread, result])) {
        seen.push(object);
        if (object === (thread as unknown)) event.send();
      }
      expect(seen).to.deep.equal([result, thread, event]);
    }),
  );

  it(
    '57: wait() without objects gives false when its timeout is too short, true when all have ended',
    inGreen(() => {
      sleeper(0.02);
      expect(wait(undefined, { timeout: 0.002 })).to.be.false;
      expect(wait()).to.be.true;
    }),
  );

  it(
    'wait() takes a count',
    inGreen(() => {
      const threads = [0.02, 0.001, 0.002].map(sleeper);
      expect(wait(threads, { count: 2 }).map((thread) => thread.value)).to.deep.equal([
        0.001, 0.002,
      ]);
      killall(threads);
    }),
  );

  it(
    'killall() kills all and waits for their ends',
    inGreen(() => {
      const threads = [1, 2, 3].map(() =>
        spawn(() => {
          try {
            sleep(10);
          } finally {
            sleep(0.002);
          }
        }),
      );
      sleep(0);
      killall(threads);
      expect(threads.every((thread) => thread.exception instanceof GreenletExit)).to.be.true;
    }),
  );

  describe('wait() of a promise', () => {
    it(
      'gives its value or throws its error',
      inGreen(() => {
        expect(wait(Promise.resolve(3))).to.equal(3);
        expect((errorOf(() => wait(Promise.reject(new Error('no')))) as Error).message).to.equal(
          'no',
        );
      }),
    );

    it(
      'of anything else is a TypeError',
      inGreen(() => {
        for (const value of [5, 'text', {}, null]) {
          const error = errorOf(() => wait(value as never)) as { code: string };
          expect(error.code).to.equal('GUDEG_ERR_INVALID_ARG_TYPE');
        }
      }),
    );

    it(
      'of a function hands it a signal that is aborted by a kill',
      inGreen(() => {
        let signal: AbortSignal | undefined;
        const thread = spawn(() =>
          wait((each) => {
            signal = each;
            return new Promise(() => undefined);
          }),
        );
        sleep(0);
        expect(signal?.aborted).to.be.false;
        thread.kill();
        expect(signal?.aborted).to.be.true;
        expect(signal?.reason).to.be.instanceOf(GreenletExit);
      }),
    );

    it(
      'refuses what nobody could wait for',
      inGreen(() => {
        for (const nothing of [1, 'text', null, {}, () => 1]) {
          expect(errorOf(() => wait(nothing as unknown as Promise<1>))).to.be.instanceOf(TypeError);
        }
      }),
    );

    it(
      'ends when its signal is aborted, and leaves no listener',
      inGreen(() => {
        const controller = new AbortController();
        const reason = new Error('stop');
        const thread = spawn(() =>
          wait(new Promise(() => undefined), { signal: controller.signal }),
        );
        sleep(0);
        controller.abort(reason);
        expect(errorOf(() => thread.wait())).to.equal(reason);
      }),
    );
  });
});
