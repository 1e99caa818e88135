import { expect } from 'chai';
import { api, mkreq, Router, type Session } from 'gudeg';
import { Gateway, type GatewayApp } from 'gudeg/gateway';
import { Event, getcurrent, GreenPool, Semaphore, sleep, spawn, wait } from 'gudeg/green';

import { NodeProgram } from '../../support/node-program.ts';
import { caught } from '../caught.ts';
import { GatewayServer } from './gateway-server.ts';

const get = 'GET / HTTP/1.1\r\nhost: a\r\n\r\n';
const hello: GatewayApp = (_environ, startResponse) => {
  startResponse('200 OK', []);
  return ['hello'];
};
const session: Session = {
  address: ['127.0.0.1', 1],
  credentials: null,
  maxRequests: Infinity,
  requests: 0,
  store: {},
  closed: false,
  message: null,
};

function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

describe('Gateway', () => {
  it('is an RGI app whose answer is there at once when nothing has to wait', () => {
    const gateway = new Gateway(hello);
    expect(gateway(session, mkreq('GET', '/'), api)).to.deep.equal([200, 'OK', {}, 'hello']);
  });

  it('answers by a promise when the app waits', async () => {
    const gateway = new Gateway((environ, startResponse) => {
      sleep(0.001);
      return hello(environ, startResponse);
    });
    const answer = gateway(session, mkreq('GET', '/'), api);
    expect(answer).to.be.instanceOf(Promise);
    expect(await answer).to.deep.equal([200, 'OK', {}, 'hello']);
  });

  it('runs the app in a green thread, also when it is called in one', async () => {
    const threads = new Set<unknown>();
    const gateway = new Gateway((environ, startResponse) => {
      threads.add(getcurrent());
      return hello(environ, startResponse);
    });
    await gateway(session, mkreq('GET', '/'), api);
    await spawn(() => {
      threads.add(getcurrent());
      wait(Promise.resolve(gateway(session, mkreq('GET', '/'), api)));
    });
    threads.delete(undefined);
    expect(threads.size).to.equal(3);
  });

  it('can be mounted in a Router', async () => {
    const seen: string[] = [];
    const app: GatewayApp = (environ, startResponse) => {
      seen.push(`${environ.SCRIPT_NAME}|${environ.PATH_INFO}`);
      return hello(environ, startResponse);
    };
    const router = new Router({ a: { b: new Gateway(app) } });
    for (const uri of ['/a/b', '/a/b/', '/a/b/c%20d?x=/y']) {
      expect((await router(session, mkreq('GET', uri), api))[0]).to.equal(200);
    }
    expect(seen).to.deep.equal(['/a/b|', '/a/b|/', '/a/b|/c d']);
  });

  it('refuses what is no app, and options that it does not know', () => {
    caught('GUDEG_ERR_INVALID_ARG_TYPE', () => new Gateway('app' as never));
    for (const options of [
      { size: 1 },
      { maxSize: 0 },
      { maxSize: 1.5 },
      { debug: 'yes' },
      { logFormat: '%(unknown)s', logOutput: true },
      { logFormat: 5 },
    ]) {
      caught('GUDEG_ERR_INVALID_OPTION', () => new Gateway(hello, options as never));
    }
    caught('GUDEG_ERR_INVALID_ARG_TYPE', () => new Gateway(hello, { customPool: {} as never }));
  });

  it('says at once where green threads cannot be had', async () => {
    await using program = NodeProgram.text(`
      process.env.GUDEG_GREEN_STACK_PATH = '/nowhere/green_stack.node';
      const { Gateway } = await import('gudeg/gateway');
      try { new Gateway(() => []); } catch (error) { console.log(error.code, error.message); }
    `);
    expect((await program.end).stdout).to.match(
      /^GUDEG_ERR_NATIVE_UNAVAILABLE Green threads need the addon/,
    );
  });
});

describe('the pool of a Gateway', () => {
  it('runs as many requests at a time as it has places, the others in the order in which they came', async () => {
    const places = new Semaphore(0);
    const order: string[] = [];
    let most = 0;
    let running = 0;
    const app: GatewayApp = (environ, startResponse) => {
      most = Math.max(most, ++running);
      order.push(environ.PATH_INFO);
      places.acquire();
      running--;
      return hello(environ, startResponse);
    };
    await using server = await GatewayServer.start(app, { maxSize: 2 });
    const answers = [];
    for (const path of ['/1', '/2', '/3', '/4', '/5']) {
      answers.push(server.get(path));
      const seen = () => server.gateway.statistics();
      const count = answers.length;
      while (seen().running + seen().waiting < count) await turn();
    }
    expect(server.gateway.statistics()).to.deep.equal({ running: 2, waiting: 3 });
    for (let i = 0; i < 5; i++) places.release();
    expect((await Promise.all(answers)).map(({ status }) => status)).to.deep.equal(
      Array(5).fill(200),
    );
    expect([most, order]).to.deep.equal([2, ['/1', '/2', '/3', '/4', '/5']]);
  });

  it('refuses with 503 when too many wait', async () => {
    const event = new Event();
    const app: GatewayApp = (environ, startResponse) => {
      event.wait();
      return hello(environ, startResponse);
    };
    await using server = await GatewayServer.start(app, { maxSize: 1, maxWaiting: 0 });
    const first = server.get();
    while (server.gateway.statistics().running === 0) await turn();
    const refused = await server.get();
    expect([refused.status, refused.field('retry-after')]).to.deep.equal([503, '1']);
    event.send();
    expect((await first).status).to.equal(200);
    expect((await server.get()).status).to.equal(200);
  });

  it('may be the caller’s, shared with others', async () => {
    const pool = new GreenPool(1);
    const event = new Event();
    const other = pool.spawn(() => event.wait());
    await using server = await GatewayServer.start(hello, { customPool: pool });
    const answer = server.get();
    while (server.gateway.statistics().waiting === 0) await turn();
    event.send();
    await other;
    expect((await answer).status).to.equal(200);
    expect([pool.running(), pool.free()]).to.deep.equal([0, 1]);
  });

  it('does not run a request whose client went away while it waited', async () => {
    const event = new Event();
    const paths: string[] = [];
    const app: GatewayApp = (environ, startResponse) => {
      paths.push(environ.PATH_INFO);
      if (environ.PATH_INFO === '/first') event.wait();
      return hello(environ, startResponse);
    };
    await using server = await GatewayServer.start(app, { maxSize: 1 });
    const first = server.get('/first');
    while (server.gateway.statistics().running === 0) await turn();
    await using client = await server.connect();
    client.send('GET /second HTTP/1.1\r\nhost: a\r\n\r\n');
    while (server.gateway.statistics().waiting === 0) await turn();
    client.socket.resetAndDestroy();
    while (server.server.connectionCount > 1) await turn();
    event.send();
    await first;
    await server.get('/third');
    expect(paths).to.deep.equal(['/first', '/third']);
    expect([server.server.errors, server.written]).to.deep.equal([[], []]);
  });

  it('serves 10,000 requests on few stacks, and keeps none of them', async () => {
    const app: GatewayApp = (environ, startResponse) => {
      if (environ.QUERY_STRING === 'wait') sleep(0);
      return hello(environ, startResponse);
    };
    await using server = await GatewayServer.start(app);
    const requests = 100;
    const batch = `${get}GET /?wait HTTP/1.1\r\nhost: a\r\n\r\n`.repeat(requests / 2);
    const run = async (): Promise<void> => {
      await using client = await server.connect();
      for (let i = 0; i < 10; i++) {
        client.send(batch);
        for (let j = 0; j < requests; j++) expect((await client.response()).body).to.equal('hello');
      }
    };
    await Promise.all(Array.from({ length: 10 }, run));
    expect(server.gateway.statistics()).to.deep.equal({ running: 0, waiting: 0 });
    expect(server.gateway.pool.running()).to.equal(0);
  });
});

describe('closing a Gateway', () => {
  it('waits for calls that run, and answers 503 to others', async () => {
    const event = new Event();
    const app: GatewayApp = (environ, startResponse) => {
      event.wait();
      return hello(environ, startResponse);
    };
    await using server = await GatewayServer.start(app);
    const first = server.get();
    while (server.gateway.statistics().running === 0) await turn();
    const closed = server.gateway.close();
    const late = await server.get();
    expect([late.status, late.field('connection')]).to.deep.equal([503, 'close']);
    event.send();
    expect((await first).status).to.equal(200);
    await closed;
    await server.gateway.close({ graceMs: 5 });
  });

  it('kills what never returns, when the time is up, whatever it catches; finally blocks run', async () => {
    const log: string[] = [];
    const app: GatewayApp = () => {
      try {
        for (;;) {
          try {
            sleep(1000);
          } catch {
            log.push('caught');
            if (log.length > 3) break;
          }
        }
        sleep(1000);
        return [];
      } finally {
        log.push('finally');
      }
    };
    await using server = await GatewayServer.start(app);
    await using client = await server.connect();
    client.send(get);
    while (server.gateway.statistics().running === 0) await turn();
    await Promise.all([server.server.close({ graceMs: 5 }), server.gateway.close({ graceMs: 10 })]);
    expect(log.at(-1)).to.equal('finally');
    expect(server.gateway.statistics()).to.deep.equal({ running: 0, waiting: 0 });
  });

  it('also ends those that wait for a place', async () => {
    const paths: string[] = [];
    const app: GatewayApp = (environ) => {
      paths.push(environ.PATH_INFO);
      sleep(1000);
      return [];
    };
    await using server = await GatewayServer.start(app, { maxSize: 1 });
    const answers = Promise.allSettled([server.get('/1'), server.get('/2')]);
    while (server.gateway.statistics().waiting === 0) await turn();
    await server.gateway.close({ graceMs: 0 });
    await server.server.close({ graceMs: 0 });
    await answers;
    expect(paths).to.deep.equal(['/1']);
  });
});
