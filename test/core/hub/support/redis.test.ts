import { createRequire } from 'node:module';
import { join } from 'node:path';
import { expect } from 'chai';
import { spawn } from '../../../../src/core/hub/index.ts';
import { cooperative } from '../../../../src/core/hub/support/index.ts';
import { leavePending } from '../../../support/needs-program.ts';
import { Service } from '../../../support/services.ts';
import { errorOf } from '../in-green.ts';

interface Pipeline {
  set(key: string, value: string): Pipeline;
  get(key: string): Pipeline;
  exec(): Promise<[unknown, unknown][]>;
}
interface Redis {
  set(key: string, value: string): Promise<string>;
  get(key: string): Promise<string | null>;
  incr(key: string): Promise<number>;
  blpop(key: string, seconds: number): Promise<[string, string] | null>;
  rpush(key: string, value: string): Promise<number>;
  pipeline(): Pipeline;
  duplicate(): Redis;
  quit(): Promise<string>;
}

const require = createRequire(import.meta.url);

describe('cooperative(ioredis)', function () {
  this.timeout(60_000);
  this.slow(1000);
  let service: Service | string = 'not started';

  before(async function () {
    service = await Service.redis();
    if (typeof service === 'string') leavePending(this, service);
  });

  after(async () => {
    if (service instanceof Service) await service[Symbol.asyncDispose]();
  });

  it('blocks the green thread, and nothing else', async () => {
    const { Redis } = require('ioredis') as { Redis: new (path: string) => Redis };
    const client = new Redis(join((service as Service).folder, 'redis.sock'));
    const redis = cooperative(client, { deep: ['pipeline', 'duplicate'] });
    try {
      await spawn(() => {
        expect(redis.set('key', 'value')).to.equal('OK');
        expect(redis.get('key')).to.equal('value');
        expect(redis.get('nothing')).to.equal(null);
        expect(errorOf(() => redis.incr('key'))).to.match(/not an integer/);
        // It has a connection of its own, which waits for what this one does.
        const other = redis.duplicate() as unknown as typeof redis;
        const popped = spawn(() => other.blpop('list', 0));
        expect(redis.rpush('list', 'item')).to.equal(1);
        expect(popped.wait()).to.deep.equal(['list', 'item']);
        other.quit();
        const pipeline = redis.pipeline() as unknown as { exec(): unknown } & Pipeline;
        expect(pipeline.set('a', '1').get('a').exec()).to.deep.equal([
          [null, 'OK'],
          [null, '1'],
        ]);
      });
      expect(await client.get('key')).to.equal('value');
    } finally {
      await client.quit();
    }
  });
});
