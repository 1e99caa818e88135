import { expect } from 'chai';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { request as httpRequest, type IncomingMessage } from 'node:http';
import { Tunnel, Validator, type App, type TunnelHandler, type TunnelStream } from 'gudeg';

import { ObservedServer } from '../../support/observed-server.ts';
import { RawClient } from '../../support/raw-client.ts';
import { caught, rejected } from '../caught.ts';

const upgrade = 'GET /echo HTTP/1.1\r\nhost: a\r\nconnection: upgrade\r\nupgrade: echo\r\n\r\n';
const switching = (handler: TunnelHandler, idleTimeoutMs = 0): App => {
  return () => [
    101,
    'Switching Protocols',
    { upgrade: 'echo' },
    new Tunnel(handler, { idleTimeoutMs }),
  ];
};
const echo = async (stream: TunnelStream): Promise<void> => {
  for await (const bytes of stream) await stream.write(bytes);
};

/** A promise and its resolve function. */
function deferred<T>(): { promise: Promise<T>; resolve: (value: T) => void } {
  let resolve: (value: T) => void = () => undefined;
  const promise = new Promise<T>((settle) => {
    resolve = settle;
  });
  return { promise, resolve };
}

describe('a tunnel', () => {
  it('begins behind a 101 that names the protocol', async () => {
    await using server = await ObservedServer.start(switching(echo));
    await using client = await RawClient.to(server.address);
    const response = await client.request(upgrade);
    expect([response.status, response.reason]).to.deep.equal([101, 'Switching Protocols']);
    expect(response.field('upgrade')).to.equal('echo');
    expect(response.field('connection')).to.equal('upgrade');
    expect(response.field('content-length')).to.equal(undefined);
    expect(await client.send('hello').receive(5)).to.equal('hello');
  });

  it('begins behind a 200 to CONNECT', async () => {
    const app: App = () => [200, 'OK', {}, new Tunnel(echo)];
    await using server = await ObservedServer.start(new Validator(app));
    await using client = await RawClient.to(server.address);
    const head = 'CONNECT example.com:443 HTTP/1.1\r\nhost: example.com:443\r\n\r\n';
    const response = await client.send(head).receive(1);
    expect(response).to.match(/^HTTP\/1\.1 200 OK\r\n/);
    expect(response).not.to.match(/content-length|connection/);
    const before = client.received.length;
    expect((await client.send('raw').receive(before + 3)).slice(before)).to.equal('raw');
    expect(server.errors).to.deep.equal([]);
  });

  it('gets the bytes that lay behind the head, to the last one', async () => {
    await using server = await ObservedServer.start(switching(echo));
    await using client = await RawClient.to(server.address);
    const early = 'GET / HTTP/1.1\r\n\r\n'.repeat(50);
    const response = await client.request(upgrade + early);
    expect(response.status).to.equal(101);
    expect(await client.receive(early.length)).to.equal(early);
  });

  it('may be opened by an app that answers later', async () => {
    const app: App = async (session, request, api) => {
      await new Promise((resolve) => setTimeout(resolve, 5));
      return switching(echo)(session, request, api);
    };
    await using server = await ObservedServer.start(app);
    await using client = await RawClient.to(server.address);
    expect((await client.request(upgrade + 'early')).status).to.equal(101);
    expect(await client.receive(5)).to.equal('early');
  });

  it('leaves behind the answers of requests before it', async () => {
    const app: App = (session, request, api) =>
      request.uri === '/echo'
        ? switching(echo)(session, request, api)
        : [200, 'OK', {}, request.uri];
    await using server = await ObservedServer.start(app);
    await using client = await RawClient.to(server.address);
    client.send(`GET /1 HTTP/1.1\r\nhost: a\r\n\r\n${upgrade}raw`);
    expect((await client.response()).body).to.equal('/1');
    expect((await client.response()).status).to.equal(101);
    expect(await client.receive(3)).to.equal('raw');
  });

  it('carries megabytes both ways under backpressure, byte by byte the same', async () => {
    const sent = randomBytes(3 * 1024 * 1024);
    await using server = await ObservedServer.start(switching(echo), {
      outputHighWaterBytes: 4096,
      inputHighWaterBytes: 4096,
    });
    await using client = await RawClient.to(server.address);
    await client.request(upgrade);
    client.send(sent).finish();
    expect(await client.rest()).to.equal(sent.toString('latin1'));
  });

  it('stops reading while its handler does not read', async () => {
    const opened = deferred<TunnelStream>();
    const over = deferred<undefined>();
    const handler: TunnelHandler = async (stream) => {
      opened.resolve(stream);
      await over.promise;
    };
    await using server = await ObservedServer.start(switching(handler));
    await using client = await RawClient.to(server.address);
    await client.request(upgrade);
    const stream = await opened.promise;
    let isDrained = false;
    client.socket.write(Buffer.alloc(16 * 1024 * 1024), () => {
      isDrained = true;
    });
    expect(await stream.read(10)).to.have.length(10);
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(isDrained).to.equal(false);
    let count = 10;
    while (count < 16 * 1024 * 1024) count += (await stream.read()).length;
    expect(count).to.equal(16 * 1024 * 1024);
    over.resolve(undefined);
    await client.ending;
  });

  it('tells the handler the end of the peer’s side, and goes on the other way', async () => {
    const handler: TunnelHandler = async (stream) => {
      let text = '';
      for await (const bytes of stream) text += Buffer.from(bytes).toString();
      await stream.write(text.toUpperCase());
    };
    await using server = await ObservedServer.start(switching(handler));
    await using client = await RawClient.to(server.address);
    await client.request(upgrade);
    client.send('half').finish();
    expect(await client.rest()).to.equal('HALF');
    expect(await client.ending).to.equal('closed');
  });

  it('shuts our side with end() and still reads', async () => {
    const last = deferred<string>();
    const handler: TunnelHandler = async (stream) => {
      await stream.write('bye');
      stream.end();
      await rejected('GUDEG_ERR_CONNECTION_CLOSED', stream.write('more'));
      last.resolve(Buffer.from(await stream.read()).toString());
    };
    await using server = await ObservedServer.start(switching(handler));
    await using client = await RawClient.to(server.address);
    await client.request(upgrade);
    expect(await client.rest()).to.equal('bye');
    client.send('after');
    expect(await last.promise).to.equal('after');
  });

  it('closes in order when its handler returns', async () => {
    await using server = await ObservedServer.start(
      switching((stream) => {
        void stream.write('x'.repeat(100_000));
      }),
    );
    await using client = await RawClient.to(server.address);
    await client.request(upgrade);
    expect(await client.rest()).to.have.length(100_000);
  });

  it('closes at once when its handler fails, which is an error of the app', async () => {
    await using server = await ObservedServer.start(
      switching(() => Promise.reject(new Error('the handler failed'))),
    );
    await using client = await RawClient.to(server.address);
    client.send(upgrade);
    await client.ending;
    expect(server.errors).to.deep.equal(['the handler failed']);
  });

  it('ends its reads and writes when the client goes away', async () => {
    const over = deferred<undefined>();
    const handler: TunnelHandler = async (stream) => {
      await rejected('GUDEG_ERR_CONNECTION_CLOSED', stream.read());
      await rejected('GUDEG_ERR_CONNECTION_CLOSED', stream.write('x'));
      over.resolve(undefined);
    };
    await using server = await ObservedServer.start(switching(handler));
    const client = await RawClient.to(server.address);
    await client.request(upgrade);
    client.socket.resetAndDestroy();
    await over.promise;
    expect(server.errors).to.deep.equal([]);
  });

  it('closes when nothing moves for idleTimeoutMs', async () => {
    await using server = await ObservedServer.start(switching(echo, 60), { timeoutMs: 200 });
    await using client = await RawClient.to(server.address);
    await client.request(upgrade);
    expect(await client.send('x').receive(1)).to.equal('x');
    expect(await client.rest()).to.equal('x');
    expect(server.errors).to.deep.equal([]);
  });

  it('keeps no deadline of requests', async () => {
    await using server = await ObservedServer.start(switching(echo), { timeoutMs: 40 });
    await using client = await RawClient.to(server.address);
    await client.request(upgrade);
    await new Promise((resolve) => setTimeout(resolve, 150));
    expect(await client.send('still').receive(5)).to.equal('still');
  });

  it('is waited for by close(), and cut after graceMs', async () => {
    const server = await ObservedServer.start(switching(echo));
    await using client = await RawClient.to(server.address);
    await client.request(upgrade);
    const closed = server.close({ graceMs: 30 });
    expect(await client.send('on').receive(2)).to.equal('on');
    await closed;
    await client.ending;
  });

  it('goes only with 101, or with 2xx to CONNECT', async () => {
    for (const status of [200, 204, 404]) {
      await using server = await ObservedServer.start(() => [status, 'X', {}, new Tunnel(echo)]);
      await using client = await RawClient.to(server.address);
      expect((await client.request(upgrade)).status).to.equal(500);
      expect(server.errors).to.deep.equal(['GUDEG_ERR_APP_RESPONSE']);
    }
  });

  it('is not opened behind a head that is refused', async () => {
    let isOpened = false;
    const app: App = () => [
      101,
      'Switching Protocols',
      { upgrade: 'a\r\nb' },
      new Tunnel(() => {
        isOpened = true;
      }),
    ];
    await using server = await ObservedServer.start(app);
    await using client = await RawClient.to(server.address);
    expect((await client.request(upgrade)).status).to.equal(500);
    expect([isOpened, server.errors]).to.deep.equal([false, ['GUDEG_ERR_HTTP_BAD_OUTPUT_FIELD']]);
  });

  it('needs a handler that is a function, and a timeout that is one', () => {
    caught('GUDEG_ERR_INVALID_ARG_TYPE', () => new Tunnel(1 as never));
    caught('GUDEG_ERR_INVALID_OPTION', () => new Tunnel(echo, { idleTimeoutMs: -1 }));
  });
});

describe('an informational response', () => {
  const get = 'GET / HTTP/1.1\r\nhost: a\r\n\r\n';

  it('goes ahead of the answer, as often as the app likes', async () => {
    await using server = await ObservedServer.start((_session, request) => {
      request.inform(103, { link: ['</a.css>', '</b.css>'] });
      request.inform(102);
      return [200, 'OK', {}, 'x'];
    });
    await using client = await RawClient.to(server.address);
    const text = await client.send(get).receive(150);
    expect(text).to.match(
      /^HTTP\/1\.1 103 Early Hints\r\nlink: <\/a.css>\r\nlink: <\/b.css>\r\n\r\nHTTP\/1\.1 102 Processing\r\n\r\nHTTP\/1\.1 200 OK\r\n/,
    );
  });

  it('is understood by node:http', async () => {
    await using server = await ObservedServer.start(async (_session, request) => {
      request.inform(103, { link: '</a.css>' });
      await Promise.resolve();
      return [200, 'OK', {}, 'x'];
    });
    const [host, port] = server.address as [string, number];
    const request = httpRequest({ host, port }).end();
    const [[information], [response]] = (await Promise.all([
      once(request, 'information'),
      once(request, 'response'),
    ])) as [[IncomingMessage], [IncomingMessage]];
    response.resume();
    expect([information.statusCode, response.statusCode]).to.deep.equal([103, 200]);
    request.destroy();
  });

  it('is not sent to HTTP/1.0', async () => {
    await using server = await ObservedServer.start((_session, request) => {
      request.inform(103);
      return [200, 'OK', {}, null];
    });
    await using client = await RawClient.to(server.address);
    expect((await client.request('GET / HTTP/1.0\r\n\r\n')).status).to.equal(200);
  });

  it('has a status of 1xx but 101, and comes before the answer', async () => {
    const late = deferred<undefined>();
    await using server = await ObservedServer.start((_session, request) => {
      for (const status of [101, 200, 99, 1.5]) {
        caught('GUDEG_ERR_OUT_OF_RANGE', () => {
          request.inform(status);
        });
      }
      setImmediate(() => {
        caught('GUDEG_ERR_REQUEST_OVER', () => {
          request.inform(103);
        });
        late.resolve(undefined);
      });
      return [200, 'OK', {}, null];
    });
    await using client = await RawClient.to(server.address);
    await client.request(get);
    await late.promise;
    expect(server.errors).to.deep.equal([]);
  });
});
