import { expect } from 'chai';
import { Agent, request as undiciRequest, type Dispatcher as UndiciDispatcher } from 'undici';
import { Dispatcher, Pool, TempPKI, TempServer, TempSSLServer, type App } from 'gudeg';
import { RawServer } from '../../support/raw-server.ts';

const describeRequest: App = async (_session, { method, uri, headers, body }) => {
  const content = body === null ? null : (await body.read()).toString();
  return [
    201,
    'Made',
    { 'set-cookie': ['a=1', 'b=2'] },
    JSON.stringify({ method, uri, headers, content, chunked: body?.chunked ?? null }),
  ];
};

type Init = NonNullable<Parameters<typeof fetch>[1]>;

/** `fetch` takes what behaves like undici's dispatcher; its types name the class. */
function through(dispatcher: Dispatcher): Pick<Init, 'dispatcher'> {
  return { dispatcher: dispatcher as unknown as NonNullable<Init['dispatcher']> };
}

function originOf(server: { readonly address: unknown }): string {
  const [host, port] = server.address as [string, number];
  return `http://${host}:${port}`;
}

describe('Dispatcher', () => {
  it('carries fetch, of Node and of undici, with all kinds of bodies', async () => {
    await using server = await TempServer.start(describeRequest);
    await using dispatcher = new Dispatcher();
    const url = `${originOf(server)}/a?b`;
    for (const [body, content, chunked] of [
      ['text', 'text', false],
      [Buffer.from('bytes'), 'bytes', false],
      [new Blob(['blob']).stream(), 'blob', true],
      [new URLSearchParams({ a: '1' }), 'a=1', false],
    ] as const) {
      const init = { method: 'POST', body, duplex: 'half', ...through(dispatcher) } as Init;
      const response = await fetch(url, init);
      expect([response.status, response.statusText]).to.deep.equal([201, 'Made']);
      expect(response.headers.getSetCookie()).to.deep.equal(['a=1', 'b=2']);
      const seen = await response.json();
      expect(seen).to.deep.include({ method: 'POST', uri: '/a?b', content, chunked });
    }
    const { statusCode, headers, body } = await undiciRequest(url, {
      dispatcher: dispatcher as unknown as UndiciDispatcher,
      headers: { 'x-list': ['1', '2'] },
    });
    expect([statusCode, headers['set-cookie']]).to.deep.equal([201, ['a=1', 'b=2']]);
    const seen = (await body.json()) as { headers: object };
    expect(seen.headers).to.include({ 'x-list': '1, 2', host: new URL(url).host });
  });

  it('sends everything to a pool that it is given, whatever the origin', async () => {
    await using server = await TempServer.start(describeRequest, {}, Buffer.from('\0'));
    await using dispatcher = new Dispatcher(new Pool(server.address ?? ''));
    const response = await fetch('https://far.example/x', through(dispatcher));
    expect(await response.json()).to.deep.include({ uri: '/x' });
  });

  it('reads a long body no faster than it is asked for, and ends it early', async () => {
    let sent = 0;
    const total = 256 * 1024 * 1024;
    const app: App = (_session, _request, api) => {
      function* pieces(): Generator<Buffer> {
        const piece = Buffer.alloc(65_536);
        for (; sent < total; sent += piece.length) yield piece;
      }
      return [200, 'OK', {}, new api.BodyIter(pieces(), total)];
    };
    await using server = await TempServer.start(app);
    await using dispatcher = new Dispatcher();
    const response = await fetch(originOf(server), through(dispatcher));
    const reader = (response.body as ReadableStream<Uint8Array>).getReader();
    const { value } = await reader.read();
    expect(value?.length).to.be.greaterThan(0);
    await reader.cancel();
    expect(sent).to.be.lessThan(total / 2);
  });

  it('hands trailers over', async () => {
    await using server = await RawServer.start((socket) => {
      socket.write(
        'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\nx-sum: 2\r\n\r\n',
      );
    });
    await using dispatcher = new Dispatcher();
    const { body, trailers } = await undiciRequest(originOf(server), {
      dispatcher: dispatcher as unknown as UndiciDispatcher,
    });
    expect(await body.text()).to.equal('hi');
    expect(trailers).to.deep.equal({ 'x-sum': '2' });
  });

  it('lets a request be aborted, before its response and in it', async () => {
    await using silent = await RawServer.start((socket, head) => {
      if (!head.includes('/half')) return;
      socket.write('HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nhalf');
    });
    const dispatcher = new Dispatcher();
    for (const path of ['/', '/half']) {
      const controller = new AbortController();
      const running = fetch(originOf(silent) + path, {
        ...through(dispatcher),
        signal: controller.signal,
      }).then((response) => {
        controller.abort();
        return response.text();
      });
      if (path === '/') setImmediate(() => controller.abort());
      const error = await running.catch((reason: unknown) => reason);
      expect(error).to.have.property('name', 'AbortError');
    }
    await dispatcher.destroy();
  });

  it('fails a fetch whose request fails, with the reason', async () => {
    const gone = await TempServer.start(describeRequest);
    const origin = originOf(gone);
    await gone.terminate();
    await using dispatcher = new Dispatcher();
    const failure = async (url: string): Promise<unknown> => {
      const error = await fetch(url, through(dispatcher)).catch((reason: unknown) => reason);
      return ((error as Error).cause as { code?: string }).code;
    };
    expect(await failure(origin)).to.equal('GUDEG_ERR_CLIENT_CONNECT');
    const refused = new Promise((resolve) => {
      const handler = { onConnect: () => undefined, onError: resolve };
      dispatcher.dispatch({ origin: 'ftp://localhost', path: '/', method: 'GET' }, handler);
    });
    expect(await refused).to.have.property('code', 'GUDEG_ERR_CLIENT_REQUEST');
  });

  it('speaks TLS with https origins, and plainly with http ones', async () => {
    using pki = new TempPKI();
    await using secure = await TempSSLServer.start(pki.serverSslconfig, describeRequest);
    await using plain = await TempServer.start(describeRequest);
    await using dispatcher = new Dispatcher({ tls: pki.clientSslconfig });
    const origin = originOf(secure).replace('http:', 'https:');
    for (const url of [`${origin}/s`, `${originOf(plain)}/p`, `${origin}/s`]) {
      const response = await fetch(url, through(dispatcher));
      expect(await response.json()).to.deep.include({ uri: new URL(url).pathname });
    }
    await using distrustful = new Dispatcher();
    const error = await fetch(origin, through(distrustful)).catch((reason: unknown) => reason);
    expect((error as Error).cause).to.have.property('code', 'GUDEG_ERR_TLS_UNKNOWN_CA');
  });

  it('gives what a dispatcher of undici gives', async () => {
    await using server = await TempServer.start(describeRequest);
    await using dispatcher = new Dispatcher();
    const agent = new Agent();
    const seen = [];
    for (const each of [dispatcher as unknown as UndiciDispatcher, agent]) {
      const { statusCode, headers, trailers, body } = await undiciRequest(originOf(server), {
        dispatcher: each,
        method: 'PUT',
        body: 'x',
      });
      const { date: _date, 'content-length': _length, ...others } = headers;
      const { content, method } = (await body.json()) as { content: string; method: string };
      seen.push({ statusCode, others, trailers, content, method });
    }
    await agent.close();
    expect(seen[0]).to.deep.equal(seen[1]);
  });
});
