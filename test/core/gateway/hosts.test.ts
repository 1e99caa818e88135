import { expect } from 'chai';
import express from 'express';
import Fastify from 'fastify';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { rgi as expressRgi } from 'gudeg/express';
import { rgi as fastifyRgi } from 'gudeg/fastify';
import { Gateway, validator, type GatewayApp } from 'gudeg/gateway';
import { sleep } from 'gudeg/green';

/** Tells what it sees, in pieces. */
const app: GatewayApp = function* (environ, startResponse) {
  const { SCRIPT_NAME, PATH_INFO, QUERY_STRING, SERVER_PORT, SERVER_PROTOCOL } = environ;
  const body = environ['wsgi.input'].read().toString();
  startResponse('200 OK', [['Content-Type', 'application/json']]);
  yield JSON.stringify([SCRIPT_NAME, PATH_INFO, QUERY_STRING, SERVER_PROTOCOL, body]);
  sleep(0.001);
  yield ` ${SERVER_PORT}`;
};

describe('a Gateway in a host framework', () => {
  const expected = ['/at', '/pa th', 'q', 'HTTP/1.1', 'sent'];
  const ask = async (port: number): Promise<[unknown, number]> => {
    const url = `http://127.0.0.1:${port}/at/pa%20th?q`;
    const response = await fetch(url, {
      method: 'POST',
      body: 'sent',
      headers: { 'content-type': 'text/x' },
    });
    const text = await response.text();
    const end = text.indexOf(']') + 1;
    return [JSON.parse(text.slice(0, end)), Number(text.slice(end))];
  };

  it('works in Express', async () => {
    const host = express().use('/at', expressRgi(new Gateway(validator(app))));
    const server = createServer(host).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    expect(await ask(port)).to.deep.equal([expected, port]);
    server.closeAllConnections();
    server.close();
  });

  it('works in Fastify', async () => {
    const host = Fastify();
    host.register(fastifyRgi(new Gateway(validator(app))), { prefix: '/at' });
    await host.listen({ port: 0, host: '127.0.0.1' });
    const { port } = host.server.address() as AddressInfo;
    expect(await ask(port)).to.deep.equal([expected, port]);
    await host.close();
  });
});
