import { expect } from 'chai';
import {
  Collision,
  DAGPool,
  GreenletExit,
  gyield,
  PropagateError,
  sleep,
  spawn,
} from '../../../src/core/hub/index.ts';
import { errorOf, inGreen, recorder } from './in-green.ts';

describe('DAGPool', () => {
  it(
    'gives each function the values it depends on, as they come, whatever the order of spawning',
    inGreen(() => {
      const { log, record } = recorder();
      const pool = new DAGPool<string, number>([['a', 1]]);
      pool.spawn('d', ['b', 'c'], (key, results) => {
        let sum = 0;
        for (const [name, value] of results) {
          record(`${key} read ${name}`);
          sum += value;
        }
        return sum;
      });
      pool.spawn('b', ['a'], (_key, results) => {
        sleep(0.2);
        return [...results].reduce((sum, [, value]) => sum + value, 10);
      });
      pool.spawn('c', [], () => {
        sleep(0.1);
        return 100;
      });
      gyield();
      expect(pool.waitingFor('d')).to.deep.equal(['b', 'c']);
      expect(pool.runningKeys()).to.deep.equal(['d', 'b', 'c']);
      expect(pool.get('d')).to.equal(111);
      expect(log).to.deep.equal(['d read c', 'd read b']);
      expect(pool.waitall()).to.deep.equal(
        new Map([
          ['a', 1],
          ['c', 100],
          ['b', 11],
          ['d', 111],
        ]),
      );
      expect(pool.statistics()).to.deep.equal({ running: 0, finished: 4, waiting: 0 });
    }),
  );

  it(
    'takes values from outside, and functions while it runs',
    inGreen(() => {
      const pool = new DAGPool<string, string>();
      pool.spawnMany(
        [
          ['x', ['in']],
          ['y', ['x']],
        ],
        (key, results) => [...results].map(([, value]) => value).join('') + key,
      );
      const seen = spawn(() => [...pool.waitEach(['y', 'in', 'x'])]);
      gyield();
      pool.post('in', '>');
      expect(seen.wait()).to.deep.equal([
        ['in', '>'],
        ['x', '>x'],
        ['y', '>xy'],
      ]);
      expect(errorOf(() => pool.post('in', '!'))).to.be.instanceOf(Collision);
      pool.post('in', '!', { replace: true });
      expect(pool.get('in')).to.equal('!');
      expect(errorOf(() => pool.spawn('x', [], () => ''))).to.be.instanceOf(Collision);
    }),
  );

  it(
    'tells whoever needs a value that failed, and those who need theirs',
    inGreen(() => {
      const pool = new DAGPool<string, number>();
      const failure = new Error('no source');
      pool.spawn('source', [], () => {
        throw failure;
      });
      pool.spawn('parsed', ['source'], (_key, results) => [...results].length);
      const error = errorOf(() => pool.get('parsed')) as PropagateError<string>;
      expect(error).to.be.instanceOf(PropagateError);
      expect(error.key).to.equal('parsed');
      const cause = error.cause as PropagateError<string>;
      expect(cause.key).to.equal('source');
      expect(cause.cause).to.equal(failure);
      expect(error.message).to.match(/parsed .* source .* no source/);
    }),
  );

  it(
    'kills one, started or not',
    inGreen(() => {
      const pool = new DAGPool<string, number>();
      pool.spawn('slow', ['never'], (_key, results) => [...results].length);
      expect(pool.kill('slow')).to.be.true;
      expect(pool.kill('slow')).to.be.false;
      const error = errorOf(() => pool.get('slow')) as PropagateError;
      expect(error.cause).to.be.instanceOf(GreenletExit);
    }),
  );

  it('waits outside green threads too', async () => {
    const pool = new DAGPool<string, number>();
    pool.spawn('one', ['zero'], (_key, results) => [...results].length);
    const values = pool.waitAsync(['one', 'zero']);
    pool.post('zero', 0);
    expect(await values).to.deep.equal(
      new Map([
        ['zero', 0],
        ['one', 1],
      ]),
    );
    const aborted = pool.waitAsync(['nobody'], { signal: AbortSignal.abort(new Error('enough')) });
    expect(await aborted.catch((error: unknown) => error)).to.have.property('message', 'enough');
    expect(() => pool.waitEach()).to.throw('would block');
    expect(() => pool.spawn('x', [], 5 as never)).to.throw(TypeError);
  });
});
