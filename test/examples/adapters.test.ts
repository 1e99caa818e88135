import { expect } from 'chai';
import { readdirSync } from 'node:fs';

import { NodeProgram } from '../support/node-program.ts';

type Call = readonly [request: string, body: string | null, status: number, text: string | RegExp];

const hello: Call = ['GET /hello/world', null, 200, '{"hello":"world"}'];
const echo: Call = ['POST /echo', '{"a":[1]}', 200, '{"a":[1]}'];
const style: Call = ['GET /files/style.css', null, 200, /^body \{/];

/** What is asked of each example, in turn, and what it answers. */
const CALLS: Readonly<Record<string, readonly Call[]>> = {
  '40-fastify-on-the-engine.js': [hello, echo],
  '41-express-on-the-engine.js': [hello, echo],
  '42-rgi-in-fastify.js': [
    ['GET /', null, 200, '{"from":"Fastify"}'],
    style,
    ['POST /upper', 'hello', 200, 'HELLO\n'],
    ['GET /upper', null, 404, /Not Found/],
  ],
  '43-rgi-in-express.js': [
    style,
    ['GET /files/nix', null, 404, 'Express has no /files/nix either\n'],
  ],
  '44-gateway-in-fastify.js': [['GET /legacy/a?b=c', null, 200, '/legacy has /a?b=c\n']],
  '45-gateway-in-express.js': [['POST /legacy/echo', 'hello', 200, 'POST /legacy/echo\nhello']],
};

describe('the examples of the adapters', function () {
  this.timeout(20_000);
  this.slow(3000);

  it('are all called here', () => {
    const folder = new URL('../../examples/', import.meta.url);
    const names = readdirSync(folder).filter((name) => name.startsWith('4'));
    expect(names).to.deep.equal(Object.keys(CALLS));
  });

  for (const [name, calls] of Object.entries(CALLS)) {
    it(`${name} answers as it says`, async () => {
      await using program = NodeProgram.file(`examples/${name}`, ['0']);
      const [, url = ''] = await program.printed(/listening on (\S+)/);
      for (const [request, body, status, text] of calls) {
        const [method = '', path = ''] = request.split(' ');
        const headers =
          body?.startsWith('{') === true ? { 'content-type': 'application/json' } : {};
        const response = await fetch(`${url}${path}`, { method, body, headers });
        expect(response.status, request).to.equal(status);
        const answered = await response.text();
        if (typeof text === 'string') expect(answered, request).to.equal(text);
        else expect(answered, request).to.match(text);
      }
    });
  }
});
