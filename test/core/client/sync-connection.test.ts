import { expect } from 'chai';
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import {
  BodyIter,
  ChunkedBodyIter,
  ClientError,
  SyncConnection,
  type SocketAddress,
  type SyncResponse,
} from 'gudeg';
import { caught } from '../caught.ts';
import { socketPath } from '../../support/socket-path.ts';
import { limitsFor, rows } from './hostile-streams.ts';

const SERVE = `
  import('tsx/esm/api').then(async ({ register }) => {
    register();
    await import(require('node:worker_threads').workerData);
  });
`;

describe('SyncConnection', () => {
  let worker: Worker;
  let tcp: SocketAddress;
  let unix: SocketAddress;
  let hostile: SocketAddress;

  before(async function () {
    this.timeout(30_000);
    worker = new Worker(SERVE, {
      eval: true,
      execArgv: ['--conditions=source'],
      workerData: new URL('sync-servers.ts', import.meta.url).href,
    });
    const [addresses] = (await once(worker, 'message')) as [SocketAddress[]];
    [tcp, unix, hostile] = addresses as [SocketAddress, SocketAddress, SocketAddress];
  });

  after(async () => {
    await worker.terminate();
  });

  const seen = ({ body }: SyncResponse): Record<string, unknown> =>
    body?.json() as Record<string, unknown>;

  it('makes requests over TCP and over unix sockets', () => {
    for (const address of [tcp, unix]) {
      const connection = new SyncConnection(address);
      const got = seen(connection.get('/a?b', { 'X-Name': 'value' }));
      expect(got).to.include({ method: 'GET', uri: '/a?b', content: null });
      expect(got['headers']).to.include({ 'x-name': 'value' });
      expect(seen(connection.delete('/'))).to.include({ method: 'DELETE' });
      expect(seen(connection.put('/', {}, 'é'))).to.include({ method: 'PUT', content: 'é' });
      expect(seen(connection.post('/', {}, Buffer.from('x')))).to.include({ content: 'x' });
      expect(seen(connection.request('PURGE', '/'))).to.include({ method: 'PURGE' });
      expect(seen(connection.getRange('/', {}, 2, 5))['headers']).to.include({
        range: 'bytes=2-4',
      });
      const { status, body, headers } = connection.head('/');
      expect([status, body]).to.deep.equal([200, null]);
      expect(headers['content-length']).to.be.greaterThan(10);
      connection.close();
      expect(connection.closed).to.equal(true);
      caught('GUDEG_ERR_CLIENT_CLOSED', () => connection.get('/'));
    }
  });

  it('looks a host name up', () => {
    const [, port] = tcp as [string, number];
    const connection = new SyncConnection(['localhost', port]);
    expect(seen(connection.get('/'))['headers']).to.include({ host: `localhost:${port}` });
    connection.close();
  });

  it('sends and reads chunks with extensions and trailers', () => {
    const connection = new SyncConnection(unix);
    const body = new ChunkedBodyIter([
      [['a', 'b'], 'xyz'],
      [null, '12'],
      [null, ''],
    ]);
    const echoed = connection.post('/echo', {}, body).body;
    expect(echoed).to.include({ chunked: true, contentLength: null });
    const chunks = [];
    for (let size = 1; size > 0;) {
      const [extension, data] = echoed?.readChunk() ?? [null, Buffer.alloc(0)];
      chunks.push([extension, Buffer.from(data).toString()]);
      size = data.length;
    }
    expect(chunks).to.deep.equal([
      [['a', 'b'], 'xyz'],
      [null, '12'],
      [null, ''],
    ]);
    const { body: other } = connection.get('/chunks');
    expect(other?.text()).to.equal('abcde');
    expect(other?.trailers).to.deep.equal({ x: 'y' });
    caught('GUDEG_ERR_BODY_STATE', () => other?.read());
    const pieces = connection.put('/', {}, new BodyIter(['te', Buffer.from('xt')], 4));
    expect(seen(pieces)).to.include({ content: 'text' });
    connection.close();
  });

  it('moves large bodies both ways', () => {
    const connection = new SyncConnection(tcp);
    const { body } = connection.get('/large');
    caught('GUDEG_ERR_CLIENT_BUSY', () => connection.get('/'));
    expect(body?.read().equals(Buffer.alloc(3_000_000, 7))).to.equal(true);
    const large = Buffer.alloc(70_000, 'ab');
    expect(connection.post('/echo', {}, large).body?.read().equals(large)).to.equal(true);
    connection.get('/large');
    connection.close();
  });

  it('reads a body into memory of the application', () => {
    const connection = new SyncConnection(unix);
    const target = Buffer.alloc(1_000_001);
    const { body } = connection.get('/large');
    const counts = [0, 0, 0, 0].map(() => body?.readInto(target));
    expect(counts).to.deep.equal([1_000_001, 1_000_001, 999_998, 0]);
    expect(target.equals(Buffer.alloc(target.length, 7))).to.equal(true);
    const { body: short } = connection.put('/', {}, 'abc');
    const bytes = short?.contentLength ?? 0;
    expect(short?.readInto(target.subarray(0, 5))).to.equal(5);
    expect(short?.readInto(target.subarray(5))).to.equal(bytes - 5);
    expect(short?.readInto(target)).to.equal(0);
    expect(JSON.parse(target.toString('utf8', 0, bytes))).to.include({ content: 'abc' });
    caught('GUDEG_ERR_OUT_OF_RANGE', () => short?.readInto(Buffer.alloc(0)));
    connection.close();
  });

  it('notices that a response is the last one', () => {
    const connection = new SyncConnection(tcp);
    expect(connection.get('/last').body?.text()).to.equal('bye');
    expect(connection.closed).to.equal(true);
  });

  it('refuses what cannot be sent, and stays usable', () => {
    const connection = new SyncConnection(tcp);
    const tries: (() => unknown)[] = [
      () => connection.get('/\r\nx: y'),
      () => connection.get('/', { x: 'a\r\nb: c' }),
      () => connection.put('/', { 'content-length': 3 }, 'four'),
      () =>
        connection.put(
          '/',
          {},
          new BodyIter(
            (async function* () {
              /* asynchronous */
            })(),
            0,
          ),
        ),
      () => connection.put('/', {}, 5 as never),
    ];
    for (const attempt of tries) expect(attempt).to.throw().with.property('code');
    expect(connection.get('/').status).to.equal(200);
    connection.close();
  });

  it('says why there is no connection', () => {
    for (const address of [socketPath(), ['no-such-host.invalid', 80], ['127.0.0.1', 1]] as const) {
      const error = caught('GUDEG_ERR_CLIENT_CONNECT', () => new SyncConnection(address));
      expect(error).to.be.instanceOf(ClientError).and.to.include({ retry: 'always' });
    }
  });

  for (const [index, [title, , ending, outcome, method = 'GET']] of rows.entries()) {
    it(`a server that sends ${title} (${ending}): ${outcome}`, () => {
      const connection = new SyncConnection(hostile, limitsFor(outcome));
      let text = '';
      try {
        const { status, body } = connection.request(method, `/${index}`);
        text = `${status}, then `;
        text = `${status} ${body === null ? 'null' : body.read().toString()}`;
      } catch (error) {
        if (!(error instanceof ClientError)) throw error;
        const cause = error.cause as { code?: string } | undefined;
        const parts = [error.code, cause?.code, error.retry].filter((part) => part !== undefined);
        text += parts.join(' ').replaceAll(/GUDEG_ERR_(CLIENT_)?/g, '');
      }
      expect(`${text}, ${connection.closed ? 'closed' : 'idle'}`).to.equal(outcome);
      connection.close();
    });
  }
});
