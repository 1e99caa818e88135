import { expect } from 'chai';
import {
  GreenletExit,
  shield,
  sleep,
  spawn,
  Timeout,
  withTimeout,
} from '../../../src/core/hub/index.ts';
import { errorOf, inGreen, recorder } from './in-green.ts';

describe('Timeout', () => {
  it(
    '39: a kill inside cancels it',
    inGreen(() => {
      const thread = spawn(() => new Timeout(0.005).run(() => sleep(10)));
      sleep(0);
      thread.kill();
      sleep(0.01);
      expect(thread.exception).to.be.instanceOf(GreenletExit);
    }),
  );

  it(
    '80: it throws itself where the thread is parked',
    inGreen(() => {
      const timeout = new Timeout(0.002);
      expect(errorOf(() => timeout.run(() => sleep(10)))).to.equal(timeout);
      expect((timeout as { code: string }).code).to.equal('GUDEG_ERR_HUB_TIMEOUT');
    }),
  );

  it(
    '81: a silent one leaves its block, and the next statement runs',
    inGreen(() => {
      const { log, record } = recorder();
      new Timeout(0.002, false).run(() => {
        sleep(10);
        record('inside');
      });
      record('next');
      expect(log).to.deep.equal(['next']);
    }),
  );

  it(
    '83: it throws a given error, or a new one of a given class',
    inGreen(() => {
      const error = new Error('mine');
      expect(errorOf(() => new Timeout(0.001, error).run(() => sleep(10)))).to.equal(error);
      expect(errorOf(() => new Timeout(0.001, RangeError).run(() => sleep(10)))).to.be.instanceOf(
        RangeError,
      );
    }),
  );

  it(
    '85: a handler that catches everything cannot keep the thread past it',
    inGreen(() => {
      const timeout = new Timeout(0.002);
      let swallowed = 0;
      const error = errorOf(() =>
        timeout.run(() => {
          for (let i = 0; i < 5; i++) {
            try {
              sleep(10);
            } catch {
              swallowed++;
            }
          }
          return 'outlived';
        }),
      );
      expect(error).to.equal(timeout);
      expect(swallowed).to.equal(5);
      sleep(0);
    }),
  );

  it(
    '87: an outer one passes through an inner silent one',
    inGreen(() => {
      const { log, record } = recorder();
      new Timeout(0.002, false).run(() => {
        new Timeout(0.03, false).run(() => sleep(10));
        record('WRONG');
      });
      record('end');
      expect(log).to.deep.equal(['end']);
    }),
  );

  it(
    '88: an inner one that fires leaves the outer one pending',
    inGreen(() => {
      const outer = new Timeout(10);
      outer.run(() => {
        new Timeout(0.001, false).run(() => sleep(10));
        expect(outer.pending).to.be.true;
      });
      expect(outer.pending).to.be.false;
    }),
  );

  it(
    '89: cancel() inside: nothing fires, and the end of the block cancels',
    inGreen(() => {
      const timeout = new Timeout(0.002);
      timeout.run(() => {
        timeout.cancel();
        sleep(0.005);
      });
      {
        using inBlock = new Timeout(0.002);
        expect(inBlock.pending).to.be.true;
      }
      sleep(0.005);
    }),
  );

  it(
    '91: one of 0 seconds fires when its body parks, and never when it does not',
    inGreen(() => {
      expect(errorOf(() => new Timeout(0).run(() => sleep(0.01)))).to.be.instanceOf(Timeout);
      expect(new Timeout(0).run(() => 'no park')).to.equal('no park');
    }),
  );

  it(
    '92: withTimeout() gives the function’s value, or the timeout value, or throws',
    inGreen(() => {
      expect(withTimeout(1, () => 'v')).to.equal('v');
      expect(withTimeout(0.002, () => sleep(10), { timeoutValue: 'tv' })).to.equal('tv');
      expect(errorOf(() => withTimeout(0.002, () => sleep(10)))).to.be.instanceOf(Timeout);
    }),
  );

  it(
    '93: another Timeout propagates through withTimeout(), an outer one through an inner one',
    inGreen(() => {
      const other = new Timeout(5);
      other.cancel();
      const thrown = errorOf(() =>
        withTimeout(
          1,
          () => {
            throw other;
          },
          { timeoutValue: 'x' },
        ),
      );
      expect(String(thrown)).to.equal('5 seconds');
      const outer = withTimeout(
        0.002,
        () => withTimeout(1, () => sleep(10), { timeoutValue: 'inner' }),
        { timeoutValue: 'outer' },
      );
      expect(outer).to.equal('outer');
    }),
  );

  it(
    '95: one in a thread does not touch another thread',
    inGreen(() => {
      const a = spawn(() => withTimeout(0.002, () => sleep(10), { timeoutValue: 'a' }));
      const b = spawn(() => {
        sleep(0.006);
        return 'b';
      });
      expect([a.wait(), b.wait()]).to.deep.equal(['a', 'b']);
    }),
  );

  it('97: its text', () => {
    expect(String(new Timeout())).to.equal('');
    expect(String(new Timeout(1))).to.equal('1 second');
    expect(String(new Timeout(2))).to.equal('2 seconds');
    expect(String(new Timeout(2, false))).to.equal('2 seconds (silent)');
    expect(String(new Timeout(2, new Error('q')))).to.equal('2 seconds (q)');
  });

  it(
    'one that a thread forgot ends with the thread',
    inGreen(() => {
      const thread = spawn(() => new Timeout(10));
      const timeout = thread.wait();
      expect(timeout.pending).to.be.false;
    }),
  );

  it(
    'shield() lets clean-up park after a timeout and after a sticky kill',
    inGreen(() => {
      const { log, record } = recorder();
      const clean = (): void =>
        shield(() => {
          sleep(0.001);
          record('cleaned');
        });
      expect(
        errorOf(() =>
          new Timeout(0.002).run(() => {
            try {
              sleep(10);
            } finally {
              clean();
            }
          }),
        ),
      ).to.be.instanceOf(Timeout);
      const thread = spawn(() => {
        try {
          sleep(10);
        } finally {
          clean();
        }
      });
      sleep(0);
      thread.kill(undefined, { sticky: true, block: true });
      expect(log).to.deep.equal(['cleaned', 'cleaned']);
    }),
  );
});
