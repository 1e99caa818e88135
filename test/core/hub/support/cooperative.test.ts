import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect } from 'chai';
import { request } from 'undici';
import { Event, spawn, Timeout } from '../../../../src/core/hub/index.ts';
import { cooperative, fetch } from '../../../../src/core/hub/support/index.ts';
import { errorOf } from '../in-green.ts';

class Client {
  readonly #values = new Map<string, unknown>();
  readonly name = 'client';

  get size(): number {
    return this.#values.size;
  }

  async get(key: string): Promise<unknown> {
    await new Promise((resolve) => setImmediate(resolve));
    if (!this.#values.has(key)) throw new Error(`no ${key}`);
    return this.#values.get(key);
  }

  set(key: string, value: unknown): this {
    this.#values.set(key, value);
    return this;
  }

  connect(): Promise<Client> {
    return Promise.resolve(new Client());
  }
}

describe('cooperative()', () => {
  it('gives a green thread what is promised, and everybody else the promise', async () => {
    const client = new Client();
    const green = cooperative(client, { deep: ['connect'] });
    await spawn(() => {
      expect(green.set('a', 1).set('b', 2)).to.equal(green);
      expect(green.get('a')).to.equal(1);
      expect(errorOf(() => green.get('x'))).to.have.property('message', 'no x');
      expect([green.name, green.size, green.get === green.get]).to.deep.equal(['client', 2, true]);
      expect(green).to.be.instanceOf(Client);
      const other = green.connect() as unknown as typeof green;
      expect(other.set('c', 3).get('c')).to.equal(3);
    });
    expect(await (green as unknown as Client).get('b')).to.equal(2);
    expect(() => cooperative(5 as never)).to.throw(TypeError, 'target');
  });

  it('takes functions: undici’s request, its body too', async () => {
    const server = createServer((_request, response) => response.end('{"a":1}'));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
    try {
      await spawn(() => {
        const response = cooperative(request, { deep: true })(url);
        expect(response.statusCode).to.equal(200);
        expect(cooperative(response.body).json()).to.deep.equal({ a: 1 });
        const fetched = fetch(url);
        expect([fetched.status, fetched.json()]).to.deep.equal([200, { a: 1 }]);
      });
    } finally {
      server.close();
      server.closeAllConnections();
    }
  });

  it('fetch() ends its request when the green thread is timed out, or by the signal', async () => {
    const closed = new Event();
    const server = createServer((_request, response) => {
      response.on('close', () => {
        if (!closed.ready()) closed.send();
      });
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
    try {
      const error = await spawn(() => errorOf(() => new Timeout(0.1).run(() => fetch(url))));
      expect(error).to.be.instanceOf(Timeout);
      await closed.waitAsync();
      const signal = AbortSignal.abort(new Error('enough'));
      expect(await spawn(() => errorOf(() => fetch(url, { signal })))).to.have.property(
        'message',
        'enough',
      );
    } finally {
      server.close();
      server.closeAllConnections();
    }
  });
});
