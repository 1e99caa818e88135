import { expect } from 'chai';
import express, { type ErrorRequestHandler, type Express } from 'express';
import express4 from 'express4';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { readFileSync } from 'node:fs';
import { FilesApp, Router, SSLClient, TempPKI, type App } from 'gudeg';
import { createSecureServer, createServer as createEngineServer, rgi, serve } from 'gudeg/express';

import { socketPath } from '../support/socket-path.ts';

const where: App = (_session, { mount, path, uri }) => [
  200,
  'OK',
  {},
  JSON.stringify({ mount, path, uri }),
];
const read: App = async (_session, { body }) => [200, 'OK', {}, (await body?.text()) ?? 'none'];

interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: string;
}

async function askServer(
  server: Server,
  app: Express,
  path: string,
  init: RequestInit,
): Promise<Answer> {
  app.set('env', 'test');
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  try {
    const { port } = server.address() as AddressInfo;
    const response = await fetch(`http://127.0.0.1:${port}${path}`, init);
    return { status: response.status, headers: response.headers, body: await response.text() };
  } finally {
    server.close();
    server.closeAllConnections();
  }
}

const onError: ErrorRequestHandler = (
  error: { code?: string; status?: number },
  _request,
  response,
  _next,
) => {
  response.status(error.status ?? 500).send(error.code);
};

const engineServer = (app: Express): Server => createEngineServer(app);
const nodeServer = (app: Express): Server => createServer(app);

for (const [name, make, create] of [
  ['Express on node:http', express, nodeServer],
  ['Express on the engine', express, engineServer],
  ['Express 4 on node:http', express4, nodeServer],
  ['Express 4 on the engine', express4, engineServer],
] as const) {
  describe(`rgi() in ${name}`, () => {
    const ask = (app: Express, path: string, init: RequestInit = {}): Promise<Answer> =>
      askServer(create(app), app, path, init);

    it('finds its part of the path below nested routers, parameters and sub-apps', async () => {
      const app = make();
      const router = make.Router();
      const sub = make();
      sub.use('/rgi', rgi(where));
      router.use('/sub', sub);
      app.use('/users/:id', router);
      const { body } = await ask(app, '/users/a%20b/sub/rgi/c/?q');
      expect(JSON.parse(body)).to.deep.equal({
        mount: ['users', 'a%20b', 'sub', 'rgi'],
        path: ['c', ''],
        uri: '/users/a%20b/sub/rgi/c/?q',
      });
    });

    it('is routed by what a middleware made of the url', async () => {
      const app = make();
      app.use((request, _response, next) => {
        request.url = request.url.replace('/old/', '/new/');
        next();
      });
      app.use('/new', rgi(where));
      const { body } = await ask(app, '/old/a?q=1');
      expect(JSON.parse(body)).to.deep.equal({ mount: ['new'], path: ['a'], uri: '/new/a?q=1' });
    });

    it('goes on with the next middleware where it has nothing, if it may', async () => {
      const app = make();
      const files = new FilesApp(new URL('../../examples/public', import.meta.url).pathname);
      app.use('/files', rgi(files, { fallthrough: true }));
      app.use('/router', rgi(new Router({ a: where }), { fallthrough: true }));
      app.use('/strict', rgi(new Router({ a: where })));
      app.use((_request, response) => void response.status(404).send('host'));
      expect((await ask(app, '/files/style.css')).status).to.equal(200);
      expect((await ask(app, '/files/nix')).body).to.equal('host');
      expect((await ask(app, '/router/nix')).body).to.equal('host');
      expect((await ask(app, '/strict/nix')).status).to.equal(410);
    });

    it('sends the fields that middlewares have set; both sides add to cookies and vary', async () => {
      const app = make();
      app.use((_request, response, next) => {
        response.cookie('host', '1').vary('Origin').set('x-a', 'host');
        next();
      });
      const fields = { 'set-cookie': ['app=1'], vary: 'accept', 'x-a': 'app' };
      app.use(rgi(() => [200, 'OK', fields, null]));
      const { headers } = await ask(app, '/');
      expect(headers.getSetCookie()).to.deep.equal(['host=1; Path=/', 'app=1']);
      expect(headers.get('vary')).to.equal('Origin, accept');
      expect(headers.get('x-a')).to.equal('app');
      expect(headers.get('x-powered-by')).to.equal('Express');
    });

    it('reads the body where it stands above parsers', async () => {
      const app = make();
      app.use('/rgi', rgi(read));
      app.use(make.json());
      const headers = { 'content-type': 'application/json' };
      const { body } = await ask(app, '/rgi', { method: 'POST', body: '{"a":1}', headers });
      expect(body).to.equal('{"a":1}');
    });

    it('names the cure where a parser has eaten the body, but only to an app that asks for it', async () => {
      const app = make();
      app.use(make.json());
      app.use('/read', rgi(read));
      app.use('/where', rgi(where));
      app.use(onError);
      const init = {
        method: 'POST',
        body: '{"a":1}',
        headers: { 'content-type': 'application/json' },
      };
      const failed = await ask(app, '/read', init);
      expect([failed.status, failed.body]).to.deep.equal([500, 'GUDEG_ERR_HOST_BODY_READ']);
      expect((await ask(app, '/where', init)).status).to.equal(200);
    });

    it('gets the bytes that a parser kept', async () => {
      const raw = make();
      raw.use(make.raw({ type: '*/*' }), rgi(read));
      expect((await ask(raw, '/', { method: 'POST', body: 'raw' })).body).to.equal('raw');
      const kept = make();
      const verify = (request: object, _response: unknown, rawBody: Buffer): void =>
        void Object.assign(request, { rawBody });
      kept.use(make.json({ verify }), rgi(read));
      const headers = { 'content-type': 'application/json' };
      expect((await ask(kept, '/', { method: 'POST', body: '[1]', headers })).body).to.equal('[1]');
    });

    it('hands what it throws to next(error)', async () => {
      const app = make();
      app.use(rgi(async (_session, { body }) => [200, 'OK', {}, String(await body?.json())]));
      app.use(onError);
      const { status, body } = await ask(app, '/', { method: 'POST', body: '{' });
      expect([status, body]).to.deep.equal([400, 'GUDEG_ERR_BODY_JSON']);
    });

    it('is answered for by the host alone where that has no error handler', async () => {
      const app = make();
      const fail: App = () => {
        throw new Error('broken');
      };
      app.use('/x', rgi(fail));
      const { status, body } = await ask(app, '/x');
      expect(status).to.equal(500);
      expect(body).to.include('broken');
    });
  });
}

describe('serve() of Express', () => {
  const app = express().get('/', (_request, response) => void response.send('express'));

  it('listens on a port of all interfaces, as app.listen() does', async () => {
    await using server = await serve(app);
    const { port, address } = server.address() as AddressInfo;
    expect(['::', '0.0.0.0']).to.include(address);
    expect(await (await fetch(`http://127.0.0.1:${port}/`)).text()).to.equal('express');
  });

  it('takes an address of this package, and the options of node:net', async () => {
    await using tcp = await serve(app, ['127.0.0.1', 0]);
    expect((tcp.address() as AddressInfo).address).to.equal('127.0.0.1');
    const path = socketPath();
    await using unix = await serve(app, path);
    expect(unix.address()).to.equal(path);
    await using named = await serve(app, { port: 0, host: '127.0.0.1' }, { keepAliveTimeout: 77 });
    expect(named.keepAliveTimeout).to.equal(77);
  });

  it('speaks TLS with the option https, and guests see who the client is', async () => {
    using pki = new TempPKI();
    const { certFile, keyFile, caFile } = pki.serverSslconfig;
    const [cert, key, ca] = [certFile, keyFile, caFile].map((file) => readFileSync(file));
    const secure = express().get('/', ({ secure: isSecure, protocol }, response) => {
      response.send(`${isSecure} ${protocol}`);
    });
    const guest: App = ({ tls }) => [200, 'OK', {}, String(tls?.isAuthorized)];
    secure.use('/guest', rgi(guest));
    const https = { ...{ cert, key, ca }, requestCert: true } as never;
    await using server = await serve(secure, ['127.0.0.1', 0], { https });
    const { port } = server.address() as AddressInfo;
    const connection = await new SSLClient(pki.clientSslconfig, ['127.0.0.1', port]).connect();
    const bodies: (string | undefined)[] = [];
    for (const path of ['/', '/guest']) {
      const { body } = await connection.get(path, {});
      bodies.push(await body?.text());
    }
    expect(bodies).to.deep.equal(['true https', 'true']);
    connection.close();
  });

  it('rejects where the address is taken', async () => {
    await using server = await serve(app, ['127.0.0.1', 0]);
    const { port } = server.address() as AddressInfo;
    const error = await serve(app, ['127.0.0.1', port]).catch((reason: unknown) => reason);
    expect(error).to.include({ code: 'EADDRINUSE' });
  });

  it('refuses what is no app', () => {
    expect(() => createEngineServer({} as never)).to.throw(TypeError, /an Express app/);
    expect(() => createSecureServer({} as never, {})).to.throw(TypeError, /an Express app/);
  });
});
