import { expect } from 'chai';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { createServer as createNetServer, type AddressInfo, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import {
  Body,
  BodyIter,
  ChunkedBody,
  ChunkedBodyIter,
  Client,
  ClientError,
  TempServer,
  type App,
  type ChunkExtension,
  type ClientOptions,
  type Connection,
  type TunnelStream,
} from 'gudeg';
import { rejected } from '../caught.ts';
import { RawServer } from '../../support/raw-server.ts';

const describeRequest: App = async (_session, { method, uri, headers, body }) => {
  const content = body === null ? null : (await body.read()).toString();
  return [200, 'OK', {}, JSON.stringify({ method, uri, headers, content })];
};

interface Seen {
  readonly method: string;
  readonly uri: string;
  readonly headers: Record<string, unknown>;
  readonly content: string | null;
}

async function withServer(
  app: App,
  use: (connection: Connection, client: Client) => Promise<void>,
  options: ClientOptions = {},
): Promise<void> {
  await using server = await TempServer.start(app);
  const client = new Client(server.address ?? '', options);
  await using connection = await client.connect();
  await use(connection, client);
}

async function seen(response: Promise<{ body: Body | ChunkedBody | null }>): Promise<Seen> {
  return (await (await response).body?.json()) as Seen;
}

describe('Connection', () => {
  it('makes requests with the usual methods, and any other', async () => {
    await withServer(describeRequest, async (connection) => {
      const got = await seen(connection.get('/a?b=c', { 'X-Name': 'value' }));
      expect(got).to.include({ method: 'GET', uri: '/a?b=c', content: null });
      expect(got.headers)
        .to.include({ 'x-name': 'value' })
        .and.not.to.have.any.keys('content-length');
      expect(await seen(connection.delete('/'))).to.include({ method: 'DELETE', content: null });
      expect(await seen(connection.put('/', {}, 'é'))).to.include({ method: 'PUT', content: 'é' });
      expect(await seen(connection.post('/', {}, null))).to.include({
        method: 'POST',
        content: '',
      });
      expect(await seen(connection.request('PURGE', '/'))).to.include({ method: 'PURGE' });
      const ranged = await seen(connection.getRange('/', {}, 2, 5));
      expect(ranged.headers['range']).to.equal('bytes=2-4');
      const { status, body, headers } = await connection.head('/');
      expect([status, body]).to.deep.equal([200, null]);
      expect(headers['content-length']).to.be.greaterThan(10);
    });
  });

  it('shows status, reason, fields as objects, and fields as they came', async () => {
    const app: App = () => [
      201,
      'Made',
      { 'X-One': '1', 'set-cookie': ['a=b', 'c=d'], 'content-range': 'bytes 0-2/9' },
      'abc',
    ];
    await withServer(app, async (connection) => {
      const response = await connection.get('/');
      expect(response).to.include({ status: 201, reason: 'Made', tunnel: null });
      expect(response.headers).to.deep.include({
        'x-one': '1',
        'set-cookie': 'a=b, c=d',
        'content-length': 3,
      });
      expect(response.headers['content-range']).to.include({ start: 0, stop: 3, total: 9 });
      const cookies = response.rawHeaders.filter(
        (_, index, all) => all[index - 1] === 'set-cookie',
      );
      expect(cookies).to.deep.equal(['a=b', 'c=d']);
      expect('toString' in response.headers).to.equal(false);
    });
  });

  const oddFields: readonly (readonly [
    profile: 'rfc' | 'degu',
    lines: string,
    fields: string[],
  ])[] = [
    [
      'rfc',
      'X-Pad: \t a b\t \r\nx-nbsp: \xa0a\xa0\r\nx-colon:a: b\r\nx-none:\r\nx-last: \r\n',
      ['X-Pad', 'a b', 'x-nbsp', '\xa0a\xa0', 'x-colon', 'a: b', 'x-none', '', 'x-last', ''],
    ],
    ['degu', 'X-Pad:  a b \r\nx-colon: a: b\r\n', ['X-Pad', ' a b ', 'x-colon', 'a: b']],
  ];
  for (const [profile, lines, fields] of oddFields) {
    it(`takes ${profile === 'rfc' ? 'blanks around values' : 'one separator'} from fields in the ${profile} profile, and no more`, async () => {
      await using server = await RawServer.start((socket) => {
        socket.write(`HTTP/1.1 200 OK\r\n${lines}\r\n`, 'latin1');
      });
      await using connection = await new Client(server.address, { profile }).connect();
      const response = await connection.get('/');
      expect(response.rawHeaders).to.deep.equal(fields);
      const byName = fields.flatMap((name, i) =>
        i % 2 === 0 ? [[name.toLowerCase(), fields[i + 1]]] : [],
      );
      expect({ ...response.headers }).to.deep.equal(Object.fromEntries(byName));
      expect(response.headers).to.equal(response.headers);
    });
  }

  it('sends every kind of body', async () => {
    await withServer(describeRequest, async (connection) => {
      const bodies = [
        'text',
        Buffer.from('text'),
        new Uint8Array(Buffer.from('text')),
        new Body(Buffer.from('text'), 4),
        new BodyIter(['te', 'xt'], 4),
        new ChunkedBodyIter([
          [null, 'te'],
          [null, 'xt'],
          [null, ''],
        ]),
      ];
      for (const body of bodies) {
        expect(await seen(connection.put('/', {}, body))).to.include({ content: 'text' });
      }
      const large = Buffer.alloc(3_000_000, 'ab');
      expect(await seen(connection.put('/', {}, large))).to.include({ content: large.toString() });
    });
  });

  it('keeps chunks, their extensions and trailers, in both directions', async () => {
    const echo: App = (_session, { body }) => [200, 'OK', {}, body];
    const chunks: [ChunkExtension | null, string][] = [
      [['k', 'v'], 'abc'],
      [null, 'de'],
      [['end', '1'], ''],
    ];
    await withServer(echo, async (connection) => {
      const body = new ChunkedBodyIter(chunks, { trailers: { 'x-sum': '17' } });
      const response = await connection.post('/', {}, body);
      const got: unknown[] = [];
      for await (const [extension, data] of response.body as ChunkedBody) {
        got.push([extension, Buffer.from(data).toString()]);
      }
      expect(got).to.deep.equal(chunks);
      expect((response.body as ChunkedBody).trailers).to.deep.equal({ 'x-sum': '17' });
      expect(connection.isIdle).to.equal(true);
    });
  });

  it('reads a large response piece by piece, and waits for its reader', async () => {
    const large = Buffer.alloc(8_000_000, 7);
    await withServer(
      () => [200, 'OK', {}, large],
      async (connection) => {
        const { body } = await connection.get('/');
        const pieces: Buffer[] = [];
        for await (const piece of body as Body) pieces.push(piece);
        expect(Buffer.concat(pieces).equals(large)).to.equal(true);
        expect((await (await connection.get('/')).body?.read())?.length).to.equal(large.length);
      },
    );
  });

  it('has one request at a time', async () => {
    await withServer(describeRequest, async (connection) => {
      const first = connection.get('/');
      await rejected('GUDEG_ERR_CLIENT_BUSY', connection.get('/'));
      const { body } = await first;
      expect(connection.isIdle, 'a small response is here whole').to.equal(true);
      expect(await body?.read())
        .to.have.property('length')
        .above(10);
    });
    await withServer(
      () => [200, 'OK', {}, Buffer.alloc(1_000_000)],
      async (connection) => {
        const { body } = await connection.get('/');
        const error = await rejected('GUDEG_ERR_CLIENT_BUSY', connection.get('/'));
        expect(error.message).to.match(/was not read/);
        body?.close();
        expect(connection.closed).to.equal(true);
        await rejected('GUDEG_ERR_CLIENT_CLOSED', connection.get('/'));
      },
    );
  });

  for (const [what, make] of [
    ['a line end in the target', (c: Connection) => c.get('/\r\nx: y')],
    ['a space in the target', (c: Connection) => c.get('/a b')],
    ['an empty target', (c: Connection) => c.get('')],
    ['a head in the target', (c: Connection) => c.get('/ HTTP/1.1\r\nhost: b\r\n\r\nGET /x')],
    ['a line end in a value', (c: Connection) => c.get('/', { x: 'a\r\ny: b' })],
    ['a head in a value', (c: Connection) => c.get('/', { x: 'a\r\n\r\nGET / HTTP/1.1' })],
    ['a NUL in a value', (c: Connection) => c.get('/', { x: 'a\0' })],
    ['a line end in a name', (c: Connection) => c.get('/', { 'x\r\ny': 'b' })],
    ['a colon in a name', (c: Connection) => c.get('/', { 'x: y\r\nz': 'b' })],
    ['a space in a name', (c: Connection) => c.get('/', { 'x y': 'b' })],
    ['an empty name', (c: Connection) => c.get('/', { '': 'b' })],
    ['a value that is undefined', (c: Connection) => c.get('/', { x: undefined as never })],
    ['a character above Latin-1', (c: Connection) => c.get('/', { x: '€' })],
    ['a method with a space', (c: Connection) => c.request('GET /', '/')],
    ['a method with a line end', (c: Connection) => c.request('\r\nGET', '/')],
    ['an empty method', (c: Connection) => c.request('', '/')],
    [
      'a length that is not the body’s',
      (c: Connection) => c.put('/', { 'content-length': 3 }, 'four'),
    ],
    [
      'a length beside chunks',
      (c: Connection) => c.put('/', { 'content-length': 3 }, new ChunkedBodyIter([[null, '']])),
    ],
    ['a coding of its own', (c: Connection) => c.put('/', { 'transfer-encoding': 'gzip' }, 'x')],
    ['a body of no known kind', (c: Connection) => c.put('/', {}, 5 as never)],
    ['an expectation that is unknown', (c: Connection) => c.put('/', { expect: 'x' }, 'x')],
  ] as const) {
    it(`refuses ${what}, sends nothing, and stays usable`, async () => {
      await using server = await RawServer.start((socket) => {
        socket.write('HTTP/1.1 204 No Content\r\n\r\n');
      });
      await using connection = await new Client(server.address).connect();
      const error = await make(connection).catch((reason: unknown) => reason);
      expect(error)
        .to.have.property('code')
        .match(/^GUDEG_ERR_(CLIENT_REQUEST|INVALID_ARG|HTTP_)/);
      expect(server.received).to.equal('');
      expect(await connection.get('/fine')).to.include({ status: 204 });
      expect(server.received).to.match(/^GET \/fine HTTP\/1.1\r\nhost: 127.0.0.1:\d+\r\n\r\n$/);
    });
  }

  it('holds a body back until the server says 100 Continue', async () => {
    await using server = await RawServer.start((socket) => {
      expect(server.received).not.to.include('secret');
      socket.write('HTTP/1.1 100 Continue\r\n\r\n');
      socket.once('data', () => socket.write('HTTP/1.1 204 No Content\r\n\r\n'));
    });
    await using connection = await new Client(server.address).connect();
    const response = await connection.put('/', { expect: '100-continue' }, 'secret');
    expect(response.status).to.equal(204);
    expect(server.received).to.match(/secret$/);
  });

  it('does not send a body that the server refuses first', async () => {
    await using server = await RawServer.start((socket) => {
      socket.write('HTTP/1.1 417 Expectation Failed\r\ncontent-length: 0\r\n\r\n');
    });
    await using connection = await new Client(server.address).connect();
    const response = await connection.put('/', { expect: '100-continue' }, 'secret');
    expect(response.status).to.equal(417);
    expect(server.received).not.to.include('secret');
    expect(connection.closed, 'its body is owed').to.equal(true);
  });

  it('tells of interim responses', async () => {
    await using server = await RawServer.start((socket) => {
      socket.write('HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\nHTTP/1.1 204 No Content\r\n\r\n');
    });
    await using connection = await new Client(server.address).connect();
    const interim: unknown[] = [];
    const response = await connection.get(
      '/',
      {},
      {
        onInterim: ({ status, headers }) => interim.push([status, headers['link']]),
      },
    );
    expect(response.status).to.equal(204);
    expect(interim).to.deep.equal([[103, '</a>']]);
  });

  for (const [what, bytes, expected, isFree] of [
    ['three chunks', '3\r\nabc\r\n1\r\nd\r\n2\r\nef\r\n0\r\n\r\n', 'abc,d,ef,', true],
    ['no content', '0\r\n\r\n', '', true],
    ['32 chunks', '1\r\na\r\n'.repeat(32) + '0\r\n\r\n', 'a,'.repeat(32), true],
    ['33 chunks', '1\r\na\r\n'.repeat(33) + '0\r\n\r\n', 'a,'.repeat(33), false],
    ['an extension', '3;k=v\r\nabc\r\n0\r\n\r\n', 'k=v abc,', false],
    ['an extension at its end', '3\r\nabc\r\n0;k=v\r\n\r\n', 'abc,k=v ', false],
    ['trailers', '3\r\nabc\r\n0\r\nx: y\r\n\r\n', 'abc, x=y', false],
  ] as const) {
    it(`gives a chunked body of ${what} that comes with its head`, async () => {
      const head = 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n';
      await using server = await RawServer.start((socket) => socket.write(head + bytes));
      await using connection = await new Client(server.address).connect();
      for (let i = 0; i < 2; i++) {
        const { body } = await connection.get('/');
        expect(connection.isIdle, 'is idle before it was read').to.equal(isFree);
        const seen = [];
        for await (const [extension, data] of body as ChunkedBody) {
          const key = extension === null ? '' : `${extension.join('=')} `;
          seen.push(key + Buffer.from(data).toString());
        }
        const trailers = Object.entries((body as ChunkedBody).trailers ?? {});
        const behind = trailers.map(([name, value]) => ` ${name}=${value}`);
        expect(seen.join(',') + behind.join('')).to.equal(expected);
        expect(connection.isIdle).to.equal(true);
      }
    });
  }

  it('gives the response of a server that answers before it has the whole request', async () => {
    await using server = await RawServer.start((socket) => {
      socket.end('HTTP/1.1 413 Content Too Large\r\ncontent-length: 3\r\n\r\nbig');
    });
    await using connection = await new Client(server.address).connect();
    const endless = async function* (): AsyncGenerator<Buffer> {
      for (;;) {
        yield Buffer.alloc(65_536);
        await new Promise((resolve) => setImmediate(resolve));
      }
    };
    const { status, body } = await connection.post('/', {}, new BodyIter(endless(), 2 ** 40));
    expect([status, String(await body?.read())]).to.deep.equal([413, 'big']);
    expect(connection.isIdle).to.equal(false);
  });

  it('fails a request whose body breaks', async () => {
    await withServer(describeRequest, async (connection) => {
      const broken = function* (): Generator<string> {
        yield 'ab';
        throw new Error('disk full');
      };
      const error = await connection
        .put('/', {}, new BodyIter(broken(), 4))
        .catch((e: unknown) => e);
      expect(error).to.be.an('error').with.property('message', 'disk full');
      expect(connection.closed).to.equal(true);
    });
  });

  it('speaks over a connection that was upgraded', async () => {
    await using server = await RawServer.start((socket, head) => {
      expect(head).to.match(/upgrade: echo/);
      socket.write(
        'HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: echo\r\n\r\nhi ',
      );
      socket.removeAllListeners('data');
      socket.pipe(socket);
    });
    const connection = await new Client(server.address).connect();
    const { status, body, tunnel } = await connection.get('/', {
      connection: 'upgrade',
      upgrade: 'echo',
    });
    expect([status, body]).to.deep.equal([101, null]);
    await tunnel?.write('there');
    tunnel?.end();
    let text = '';
    for await (const piece of tunnel ?? []) text += Buffer.from(piece).toString();
    expect(text).to.equal('hi there');
    expect(connection.isIdle).to.equal(false);
  });

  it('ends a tunnel behind all that was written, also when the peer has not taken it yet', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'gudeg-'));
    const path = join(folder, 'socket');
    const server = createNetServer().listen(path);
    await once(server, 'listening');
    const piece = Buffer.alloc(1024, 'x');
    const open = async (): Promise<[TunnelStream, Socket]> => {
      const accepted = once(server, 'connection') as Promise<[Socket]>;
      const connection = await new Client(path).connect();
      const upgrade = connection.get('/', { connection: 'upgrade', upgrade: 'x' });
      const [peer] = await accepted;
      await once(peer, 'data');
      peer.pause();
      peer.write('HTTP/1.1 101 OK\r\nconnection: upgrade\r\nupgrade: x\r\n\r\n');
      const { tunnel } = await upgrade;
      return [tunnel as TunnelStream, peer];
    };

    // How much there is room for, in the sockets and before them, while nothing is read.
    const [full] = await open();
    let room = -1;
    for (let isTaken = true; isTaken; room += 1) {
      const writing = full.write(piece).then(() => true);
      isTaken = await Promise.race([writing.catch(() => false), nextTurn(false)]);
    }
    full.destroy();
    expect(room).to.be.at.least(32);

    const [tunnel, peer] = await open();
    const sent = (room - 16) * piece.length;
    for (let left = sent; left > 0; left -= piece.length) await tunnel.write(piece);
    tunnel.end();
    let received = 0;
    peer.on('data', (data) => (received += data.length)).resume();
    await once(peer, 'end');
    tunnel.destroy();
    server.close();
    rmSync(folder, { recursive: true });
    expect(received).to.equal(sent);
  });

  it('opens a tunnel by CONNECT', async () => {
    const upstream = createServer().on('connect', (_request, socket) => {
      socket.write('HTTP/1.1 200 Established\r\n\r\n');
      socket.pipe(socket);
    });
    upstream.listen(0, '127.0.0.1');
    await once(upstream, 'listening');
    const connection = await new Client([
      '127.0.0.1',
      (upstream.address() as AddressInfo).port,
    ]).connect();
    const { tunnel } = await connection.request('CONNECT', 'example.org:443');
    await tunnel?.write('ping');
    const answer = Buffer.from((await tunnel?.read()) ?? []);
    expect(answer.toString()).to.equal('ping');
    tunnel?.destroy();
    upstream.close();
  });

  it('rejects with the reason of an AbortSignal', async () => {
    await using server = await RawServer.start((socket, head) => {
      if (head.includes('/body')) socket.write('HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nabc');
    });
    const client = new Client(server.address);
    const controller = new AbortController();
    const connection = await client.connect();
    const silent = connection.get('/silent', {}, { signal: controller.signal });
    const reason = new Error('enough');
    controller.abort(reason);
    expect(await silent.catch((error: unknown) => error)).to.equal(reason);
    expect(connection.closed).to.equal(true);

    const second = new AbortController();
    const other = await client.connect();
    const { body } = await other.get('/body', {}, { signal: second.signal });
    const read = body?.read();
    second.abort(reason);
    expect(await read?.catch((error: unknown) => error)).to.equal(reason);
    const late = other.get('/', {}, { signal: AbortSignal.abort(reason) });
    expect(await late.catch((error: unknown) => error)).to.be.an('error');
  });

  it('closed by its owner fails what runs', async () => {
    await using server = await RawServer.start(() => undefined);
    const connection = await new Client(server.address).connect();
    const running = connection.get('/');
    connection.close();
    const error = await running.catch((reason: unknown) => reason);
    expect(error).to.be.instanceOf(ClientError);
    expect([connection.peerAddress, connection.localAddress]).to.deep.equal([null, null]);
  });

  it('gives a chunk as soon as it is there', async () => {
    let next = (): void => undefined;
    const chunks = async function* (): AsyncGenerator<[null, string]> {
      yield [null, 'first'];
      await new Promise<void>((resolve) => (next = resolve));
      yield [null, 'second'];
      yield [null, ''];
    };
    await withServer(
      () => [200, 'OK', {}, new ChunkedBodyIter(chunks())],
      async (connection) => {
        const body = (await connection.get('/')).body as ChunkedBody;
        expect(String((await body.readChunk())[1])).to.equal('first');
        next();
        expect(String((await body.readChunk())[1])).to.equal('second');
        expect((await body.readChunk())[1]).to.have.length(0);
        expect(connection.isIdle).to.equal(true);
      },
    );
  });
});
