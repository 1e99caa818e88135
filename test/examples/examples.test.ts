import { expect } from 'chai';
import { createHash } from 'node:crypto';
import { readdirSync } from 'node:fs';
import type { App } from 'gudeg';

import { ObservedServer } from '../support/observed-server.ts';

type Call = readonly [request: string, body: string | null, status: number, text: string | RegExp];

const sha256 = createHash('sha256').update('hello').digest('hex');

/** What is asked of each example, in turn, and what it answers. */
const CALLS: Readonly<Record<string, readonly Call[]>> = {
  '01-hello.js': [['GET /', null, 200, 'Hello from gudeg\n']],
  '02-json-router.js': [
    ['GET /', null, 200, '{"books":"/books"}\n'],
    ['GET /books', null, 200, '[{"title":"Emil"},{"title":"Pippi"}]\n'],
    ['POST /books', '{"title":"Momo"}', 201, '{"id":2}\n'],
    ['GET /books/2', null, 200, '{"title":"Momo"}\n'],
    ['GET /books/3', null, 404, /no such book/],
    ['POST /books', '{"tit', 400, /send/],
    ['POST /books', '{}', 400, /send/],
    ['DELETE /books', null, 405, ''],
    ['GET /nix', null, 410, ''],
  ],
  '03-files.js': [
    ['GET /', null, 200, /<h1>Files from gudeg<\/h1>/],
    ['GET /style.css', null, 200, /^body \{/],
    ['GET /nix', null, 404, '404 Not Found\n'],
  ],
  '04-streaming.js': [['GET /?0', null, 200, 'lift off\n']],
  '05-upload.js': [
    ['GET /', null, 200, /^POST to/],
    ['POST /echo', 'hello', 200, 'hello'],
    ['POST /sha256', 'hello', 200, `${sha256}\n`],
    ['PUT /sha256', 'hello', 200, `${sha256}\n`],
    ['GET /echo', null, 405, ''],
  ],
  '06-middleware.js': [
    ['GET /', null, 200, 'Request 1 on this connection\n'],
    ['DELETE /', null, 405, ''],
  ],
};

describe('the examples', () => {
  const folder = new URL('../../examples/', import.meta.url);
  const names = readdirSync(folder).filter((name) => /^0.*\.js$/.test(name));

  it('are all called here', () => {
    expect(names).to.deep.equal(Object.keys(CALLS));
  });

  for (const [name, calls] of Object.entries(CALLS)) {
    it(`${name} answers as it says`, async () => {
      const { default: app } = (await import(new URL(name, folder).href)) as { default: App };
      const { log } = console;
      console.log = () => undefined;
      try {
        await using server = await ObservedServer.start(app);
        const [, port] = server.address as readonly [string, number];
        for (const [request, body, status, text] of calls) {
          const [method = '', path = ''] = request.split(' ');
          const response = await fetch(`http://127.0.0.1:${port}${path}`, { method, body });
          expect(response.status, request).to.equal(status);
          const answered = await response.text();
          if (typeof text === 'string') expect(answered, request).to.equal(text);
          else expect(answered, request).to.match(text);
        }
        expect(server.errors).to.deep.equal([]);
      } finally {
        console.log = log;
      }
    });
  }

  it('01-hello.js gives a browser a page', async () => {
    const url = new URL('01-hello.js', folder).href;
    const { default: app } = (await import(url)) as { default: App };
    await using server = await ObservedServer.start(app);
    const [, port] = server.address as readonly [string, number];
    const headers = { accept: 'text/html,application/xhtml+xml;q=0.9,*/*;q=0.8' };
    const response = await fetch(`http://127.0.0.1:${port}/`, { headers });
    expect(response.headers.get('content-type')).to.equal('text/html; charset=utf-8');
    expect(await response.text()).to.match(/^<!doctype html>[^]*<h1>Hello from gudeg<\/h1>/);
  });
});
