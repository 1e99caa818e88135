import { expect } from 'chai';
import {
  AsyncResult,
  Event,
  sleep,
  spawn,
  ThreadEvent,
  Timeout,
} from '../../../src/core/hub/index.ts';
import { errorOf, inGreen, recorder } from './in-green.ts';

const codeOf = (error: unknown): unknown => (error as { code?: unknown }).code;

describe('Event', () => {
  it(
    '59: send() does not switch',
    inGreen(() => {
      const { log, record } = recorder();
      const event = new Event();
      const thread = spawn(() => record(['got', event.wait()]));
      sleep(0);
      event.send(1);
      record('sender-continues');
      thread.wait();
      expect(log).to.deep.equal(['sender-continues', ['got', 1]]);
    }),
  );

  it(
    '60: a second send() is an error',
    inGreen(() => {
      const event = new Event();
      event.send(1);
      const error = errorOf(() => event.send(2)) as Error;
      expect(codeOf(error)).to.equal('GUDEG_ERR_HUB_STATE');
      expect(error.message).to.match(/re-send/);
      expect(event.wait()).to.equal(1);
    }),
  );

  it(
    '61: reset() of a fresh one is an error; after send() it can be used anew',
    inGreen(() => {
      const event = new Event();
      expect((errorOf(() => event.reset()) as Error).message).to.match(/re-reset/);
      event.send(1);
      event.reset();
      expect(event.ready()).to.be.false;
      event.send(2);
      expect(event.wait()).to.equal(2);
    }),
  );

  it('63: poll, pollResult and pollException', () => {
    const fresh = new Event();
    expect([
      fresh.poll(),
      fresh.poll('nr'),
      fresh.pollResult('x'),
      fresh.pollException('y'),
    ]).to.deep.equal([undefined, 'nr', 'x', 'y']);
    const sent = new Event();
    sent.send(3);
    expect([sent.poll(), sent.pollResult(), sent.pollException('y')]).to.deep.equal([3, 3, 'y']);
    const failed = new Event();
    const error = new Error('e');
    failed.sendException(error);
    expect(errorOf(() => failed.poll())).to.equal(error);
    expect(failed.pollResult('nr')).to.equal('nr');
    expect(errorOf(() => failed.pollException())).to.equal(error);
  });

  it(
    '65: five waiters all wake, in order',
    inGreen(() => {
      const { log, record } = recorder();
      const event = new Event();
      const threads = [0, 1, 2, 3, 4].map((i) =>
        spawn(() => {
          event.wait();
          record(i);
        }),
      );
      sleep(0);
      event.send();
      for (const thread of threads) thread.wait();
      expect(log).to.deep.equal([0, 1, 2, 3, 4]);
    }),
  );

  it(
    '66: a waiter that was killed does not keep the others from waking',
    inGreen(() => {
      const event = new Event();
      const [killed, other] = [spawn(() => event.wait()), spawn(() => event.wait())];
      sleep(0);
      killed.kill();
      event.send('x');
      expect(other.wait()).to.equal('x');
    }),
  );

  it(
    '67: wait() gives undefined when its time is up',
    inGreen(() => {
      const event = new Event();
      expect(event.wait(0.002)).to.be.undefined;
      expect(event.statistics()).to.deep.equal({ ready: false, waiting: 0 });
    }),
  );

  it('has a promise-returning twin that takes a signal', async () => {
    const event = new Event<string>();
    const controller = new AbortController();
    const aborted = event.waitAsync({ signal: controller.signal }).catch((error: unknown) => error);
    const waited = event.waitAsync();
    controller.abort(new Error('off'));
    event.send('on');
    expect(((await aborted) as Error).message).to.equal('off');
    expect(await waited).to.equal('on');
    expect(await new Event().waitAsync({ timeout: 0.001 })).to.be.undefined;
  });
});

describe('ThreadEvent', () => {
  it(
    '69: set, wait and clear',
    inGreen(() => {
      const event = new ThreadEvent();
      expect(event.isSet()).to.be.false;
      expect(event.wait(0.002)).to.be.false;
      event.set();
      expect(event.wait()).to.be.true;
      event.clear();
      expect(event.isSet()).to.be.false;
    }),
  );

  it(
    '70: a waiter wakes with true though the flag is cleared before it runs',
    inGreen(() => {
      const event = new ThreadEvent();
      const thread = spawn(() => event.wait());
      sleep(0);
      event.set();
      event.clear();
      expect(thread.wait()).to.be.true;
    }),
  );

  it(
    '71: it can be set again and again',
    inGreen(() => {
      const event = new ThreadEvent();
      for (let round = 0; round < 3; round++) {
        const thread = spawn(() => event.wait());
        sleep(0);
        event.set();
        expect(thread.wait()).to.be.true;
        event.clear();
      }
    }),
  );

  it(
    '73: rawlink() calls once; what is no function is a TypeError; an unknown unlink() does nothing',
    inGreen(() => {
      const { log, record } = recorder();
      const event = new ThreadEvent();
      event.rawlink(record);
      event.set();
      sleep(0);
      event.set();
      sleep(0);
      expect(log).to.deep.equal([event]);
      expect(codeOf(errorOf(() => event.rawlink(5 as never)))).to.equal(
        'GUDEG_ERR_INVALID_ARG_TYPE',
      );
      event.unlink(() => undefined);
    }),
  );
});

describe('AsyncResult', () => {
  it(
    '75: a fresh one has nothing',
    inGreen(() => {
      const result = new AsyncResult();
      expect([result.ready(), result.successful(), result.exception, result.value]).to.deep.equal([
        false,
        false,
        undefined,
        undefined,
      ]);
      expect(errorOf(() => result.get(false))).to.be.instanceOf(Timeout);
      expect(errorOf(() => result.getNowait())).to.be.instanceOf(Timeout);
    }),
  );

  it(
    '76: an error that is set is thrown by get(), not by wait()',
    inGreen(() => {
      const result = new AsyncResult();
      const error = new Error('set');
      const waiting = spawn(() => result.wait());
      sleep(0);
      result.setException(error);
      expect(waiting.wait()).to.be.undefined;
      expect(errorOf(() => result.get())).to.equal(error);
    }),
  );

  it(
    '77: it may be set again',
    inGreen(() => {
      const result = new AsyncResult<number>();
      result.set(7);
      result.set(8);
      expect(result.get()).to.equal(8);
    }),
  );

  it(
    '78: as a link it takes over what a thread ended with',
    inGreen(() => {
      const result = new AsyncResult<number>();
      spawn(() => 4).link(result.linked);
      expect(result.get()).to.equal(4);
    }),
  );

  it(
    '79: get() throws a Timeout when its time is up, wait() gives undefined',
    inGreen(() => {
      const result = new AsyncResult();
      expect(String(errorOf(() => result.get(true, 0.01)))).to.equal('0.01 seconds');
      expect(result.wait(0.01)).to.be.undefined;
    }),
  );
});
