import { expect } from 'chai';
import { spawnSync } from 'node:child_process';
import type { Server } from 'gudeg';
import { serve, serveAsync, type GatewayApp, type ServeOptions } from 'gudeg/gateway';
import {
  Event,
  getcurrent,
  GreenletExit,
  type GreenThread,
  listen,
  sleep,
  spawn,
  StopServe,
} from 'gudeg/green';

import { RawClient } from '../../support/raw-client.ts';
import { socketPath } from '../../support/socket-path.ts';
import { caught, rejected } from '../caught.ts';

const get = 'GET / HTTP/1.1\r\nhost: a\r\n\r\n';
const quiet = { logOutput: false };
const hello: GatewayApp = (_environ, startResponse) => {
  startResponse('200 OK', []);
  return ['hello'];
};

/** Serves in a green thread; gives it, and the server that listens. */
async function serving(app: GatewayApp, options: ServeOptions = {}) {
  const serverEvent = new Event<Server>();
  const thread = spawn(serve, ['127.0.0.1', 0], app, { ...quiet, serverEvent, ...options });
  const server = await Promise.race([serverEvent.waitAsync(), thread.waitAsync()]);
  return { thread, server: server as Server };
}

/** Has a serving end; clients have gone before, so that no connection lingers. */
async function stop(thread: GreenThread<void>): Promise<void> {
  thread.kill(new StopServe());
  await thread;
}

function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

async function statusAt(server: Server): Promise<number> {
  await using client = await RawClient.to(server.address);
  return (await client.request(get)).status;
}

describe('serve()', () => {
  it('blocks its green thread until a StopServe is thrown into it', async () => {
    const { thread, server } = await serving(hello);
    expect(await statusAt(server)).to.equal(200);
    expect(thread.dead).to.equal(false);
    thread.kill(new StopServe());
    await thread;
    expect(server.isListening).to.equal(false);
  });

  it('returns when the app throws a StopServe; that request gets 503', async () => {
    const { thread, server } = await serving(() => {
      throw new StopServe();
    });
    expect(await statusAt(server)).to.equal(503);
    await thread;
  });

  it('returns when somebody closes the server', async () => {
    const { thread, server } = await serving(hello);
    await server.close();
    await thread;
  });

  it('lets requests end that run, and kills them when stopTimeout is over', async () => {
    const event = new Event();
    const log: string[] = [];
    let running = 0;
    const app: GatewayApp = (environ, startResponse) => {
      running++;
      try {
        if (environ.PATH_INFO === '/never') sleep(1000);
        event.wait();
        return hello(environ, startResponse);
      } finally {
        log.push(environ.PATH_INFO);
      }
    };
    const { thread, server } = await serving(app, { stopTimeout: 0.2 });
    await using first = await RawClient.to(server.address);
    await using second = await RawClient.to(server.address);
    first.send(get);
    second.send('GET /never HTTP/1.1\r\nhost: a\r\n\r\n');
    while (running < 2) await turn();
    thread.kill(new StopServe());
    event.send();
    expect((await first.response()).field('connection')).to.equal('close');
    await thread;
    expect(log).to.deep.equal(['/', '/never']);
  });

  it('cuts everything when it is killed otherwise', async () => {
    const log: string[] = [];
    const { thread, server } = await serving(() => {
      log.push('running');
      try {
        sleep(1000);
        return [];
      } finally {
        log.push('finally');
      }
    });
    await using client = await RawClient.to(server.address);
    client.send(get);
    while (log.length === 0) await turn();
    thread.kill();
    await rejected('GUDEG_ERR_HUB_KILLED', thread);
    expect(thread.exception).to.be.instanceOf(GreenletExit);
    expect(log).to.deep.equal(['running', 'finally']);
    expect(await client.rest()).to.equal('');
  });

  it('takes over a listener of gudeg/green', async () => {
    for (const address of [['127.0.0.1', 0] as const, socketPath()]) {
      const where = new Event();
      const thread = spawn(() => {
        const listener = listen(address);
        const { address: at } = listener;
        serve(listener, hello, { ...quiet, serverEvent: { send: () => where.send(at) } });
      });
      const at = (await where.waitAsync()) as [string, number];
      {
        await using client = await RawClient.to(at);
        expect((await client.request(get)).body).to.equal('hello');
      }
      await stop(thread);
    }
  });

  it('serves connections that came to the listener before', async () => {
    const served = new Event();
    const app: GatewayApp = (environ, startResponse) => {
      served.send(environ.PATH_INFO);
      return hello(environ, startResponse);
    };
    const thread = spawn(() => {
      const listener = listen(['127.0.0.1', 0]);
      const port = (listener.address as [string, number])[1];
      const request = JSON.stringify('GET /early HTTP/1.1\r\nhost: a\r\n\r\n');
      // Nothing is accepted while this blocks the loop: the kernel keeps the connection.
      spawnSync(
        process.execPath,
        ['-e', `net.connect(${port}, '127.0.0.1').end(${request}, () => process.exit())`],
        {
          timeout: 2000,
        },
      );
      serve(listener, app, quiet);
    });
    expect(await served.waitAsync({ timeout: 5 })).to.equal('/early');
    await stop(thread);
  });

  it('throws where it cannot listen', async () => {
    const { thread, server } = await serving(hello);
    const address = server.address as [string, number];
    const second = spawn(serve, address, hello, quiet);
    await second.waitAsync().then(
      () => expect.fail('it listens'),
      (error: unknown) => expect(error).to.have.property('code', 'EADDRINUSE'),
    );
    await stop(thread);
  });

  it('needs a green thread', () => {
    const error = caught('GUDEG_ERR_HUB_BLOCKING', () => {
      serve(['127.0.0.1', 0], hello);
    });
    expect(error.message).to.match(/^serve\(\) .*serveAsync\(\)/);
  });

  it('closes connections after one request without keepalive', async () => {
    const { thread, server } = await serving(hello, { keepalive: false });
    {
      await using client = await RawClient.to(server.address);
      expect((await client.request(get)).field('connection')).to.equal('close');
      expect(await client.ending).to.equal('closed');
    }
    await stop(thread);
  });

  it('turns its options into those of the server', async () => {
    const { thread, server } = await serving(hello, {
      keepalive: 2.5,
      socketTimeout: 7,
      urlLengthLimit: 100,
      serverOptions: { maxHeaderCount: 5, bodyTimeoutMs: 1 },
    });
    expect(server.options).to.include({
      keepAliveTimeoutMs: 2500,
      headTimeoutMs: 7000,
      writeTimeoutMs: 7000,
      bodyTimeoutMs: 1,
      maxStartLineBytes: 100,
      maxHeaderCount: 5,
    });
    {
      await using client = await RawClient.to(server.address);
      const target = 'x'.repeat(200);
      expect((await client.request(`GET /${target} HTTP/1.1\r\nhost: a\r\n\r\n`)).status).to.equal(
        414,
      );
    }
    await stop(thread);
    for (const options of [
      { keepalive: -1 },
      { socketTimeout: NaN },
      { stopTimeout: 'x' },
      { size: 1 },
    ]) {
      await rejected(
        'GUDEG_ERR_INVALID_OPTION',
        serveAsync(['127.0.0.1', 0], hello, options as never),
      );
    }
  });
});

describe('serveAsync()', () => {
  it('serves until its signal is aborted', async () => {
    const controller = new AbortController();
    const serverEvent = new Event<Server>();
    const app: GatewayApp = (environ, startResponse) => {
      expect(getcurrent()).to.not.equal(undefined);
      return hello(environ, startResponse);
    };
    const options = { ...quiet, serverEvent, signal: controller.signal };
    const served = serveAsync(['127.0.0.1', 0], app, options);
    const server = (await serverEvent.waitAsync()) as Server;
    expect(await statusAt(server)).to.equal(200);
    controller.abort();
    await served;
    expect(server.isListening).to.equal(false);
  });
});
