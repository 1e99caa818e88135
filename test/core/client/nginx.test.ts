import { expect } from 'chai';
import { Client, Pool, ProxyApp, SyncConnection, TempServer, type ChunkedBody } from 'gudeg';
import { needsPrograms } from '../../support/needs-program.ts';
import { Nginx } from '../../support/nginx.ts';

const files = {
  'large.txt': 'x'.repeat(1_000_000),
  'small.txt': 'hello from nginx',
  chunks: '<!--# echo var="request_uri" -->!',
};

const http = `
  root FOLDER;
  server {
    listen 127.0.0.1:PORT; listen SOCKET;
    keepalive_requests 5;
    location = /chunks { ssi on; ssi_types text/plain; default_type text/plain; }
    location = /teapot { return 418 'short and stout'; }
    location = /gone { return 444; }
    location = /nothing { return 204; }
    location = /limited { client_max_body_size 8; proxy_pass http://127.0.0.1:1; }
    location /echo { proxy_pass http://SOCKET:/mirror; }
    location = /mirror { return 200 '$http_x_mine $request_method $content_length'; }
  }`;

describe('the client and nginx', () => {
  let nginx: Nginx;

  before(async function () {
    needsPrograms('nginx').call(this, () => undefined);
    nginx = await Nginx.start(http, files);
  });

  after(async () => {
    await (nginx as Nginx | undefined)?.[Symbol.asyncDispose]();
  });

  it('make round trips of all kinds over one connection', async () => {
    await using connection = await new Client(['127.0.0.1', nginx.port]).connect();
    const file = await connection.get('/small.txt');
    expect([file.status, await file.body?.text()]).to.deep.equal([200, 'hello from nginx']);
    const { status, headers, body } = await connection.getRange('/large.txt', {}, 10, 20);
    expect([status, String(headers['content-range'])]).to.deep.equal([206, 'bytes 10-19/1000000']);
    expect(await body?.text()).to.equal('x'.repeat(10));
    const head = await connection.head('/large.txt');
    expect([head.body, head.headers['content-length']]).to.deep.equal([null, 1_000_000]);
    const etag = String(head.headers['etag']);
    const same = await connection.get('/large.txt', { 'if-none-match': etag });
    expect([same.status, same.body]).to.deep.equal([304, null]);
    expect(connection.closed).to.equal(false);
    // The fifth is the last that this nginx takes.
    const last = await connection.get('/large.txt');
    expect((await last.body?.read())?.length).to.equal(1_000_000);
    expect(connection.closed).to.equal(true);
  });

  it('agree on chunks, bodies, errors and responses without a body', async () => {
    await using connection = await new Client(nginx.socketPath).connect();
    const chunked = await connection.get('/chunks');
    expect(chunked.body?.chunked).to.equal(true);
    expect(String(await (chunked.body as ChunkedBody).read())).to.equal('/chunks!');
    const teapot = await connection.get('/teapot');
    expect([teapot.status, await teapot.body?.text()]).to.deep.equal([418, 'short and stout']);
    const nothing = await connection.get('/nothing');
    expect([nothing.status, nothing.body]).to.deep.equal([204, null]);
    const echoed = await connection.put('/echo', { 'x-mine': 'y' }, 'hello');
    expect(await echoed.body?.text()).to.equal('y PUT 5');
  });

  it('agree that a request is too large, and that none is answered', async () => {
    await using pool = new Pool(['127.0.0.1', nginx.port]);
    const limited = await pool.post('/limited', {}, Buffer.alloc(100_000));
    expect(limited.status).to.equal(413);
    await limited.body?.read();
    const error = await pool.get('/gone').catch((reason: unknown) => reason);
    expect(error).to.include({ code: 'GUDEG_ERR_CLIENT_NO_RESPONSE', retry: 'idempotent' });
    for (let i = 0; i < 12; i++) {
      expect(await (await pool.get('/small.txt')).body?.text()).to.equal('hello from nginx');
    }
  });

  it('stand behind a proxy of ours, and behind blocking calls', async () => {
    const upstream = new Pool(['127.0.0.1', nginx.port]);
    await using proxy = await TempServer.start(new ProxyApp(upstream));
    await using connection = await new Client(proxy.address ?? '').connect();
    for (let i = 0; i < 7; i++) {
      const { body } = await connection.get('/large.txt');
      expect((await body?.read())?.length).to.equal(1_000_000);
    }
    const chunked = await connection.get('/chunks');
    expect(await chunked.body?.text()).to.equal('/chunks!');
    const blocking = new SyncConnection(nginx.socketPath);
    expect(blocking.get('/large.txt').body?.read().length).to.equal(1_000_000);
    expect(blocking.get('/chunks').body?.text()).to.equal('/chunks!');
    blocking.close();
  });
});
