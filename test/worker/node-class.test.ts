import { expect } from 'chai';
import { readFileSync } from 'node:fs';
import { connect } from 'node:net';

import { GudegCommand } from '../support/gudeg-command.ts';
import { getOnce } from '../support/keep-alive-client.ts';
import { WorkerFolder } from '../support/worker-folder.ts';

const modules = new URL('../../node_modules/', import.meta.url).href;

/** The same three answers by three kinds of apps. */
const apps = {
  'a function': `export default (request, response) => {
      if (request.url === '/missing') response.statusCode = 404;
      if (request.url === '/never') return void console.log('called');
      response.setHeader('content-length', 5);
      response.end('hello');
    };`,
  'an Express app': `import express from '${modules}express/index.js';
    const app = express();
    const inner = express.Router();
    inner.get('/', (request, response) => response.send('hello'));
    app.use('/hello', inner);
    app.get('/never', () => console.log('called'));
    app.use((request, response) => response.status(404).send('nope!'));
    export default app;`,
  'a Fastify instance': `import fastify from '${modules}fastify/fastify.js';
    const app = fastify();
    app.get('/hello', async () => 'hello');
    app.get('/never', () => {
      console.log('called');
      return new Promise(() => {});
    });
    app.setNotFoundHandler((request, reply) => reply.code(404).send('nope!'));
    export default app;`,
};

describe('the worker class node', function () {
  this.timeout(120_000);

  for (const [what, source] of Object.entries(apps)) {
    it(`logs the requests of ${what}, and calls the hooks for them`, async () => {
      using folder = new WorkerFolder({
        'app.mjs': source,
        'gudeg.config.mjs': `export default {
          preRequest: (worker, request) => console.log('before', worker.pid, request.url),
          postRequest: (worker, request, status) => console.log('behind', request.method, status),
        };`,
      });
      const format = '%(h)s "%(r)s" %(s)s %(b)s "%(a)s" %({host}i)s %({content-length}o)s';
      const args = ['-k', 'node', '-b', '127.0.0.1:0', '--accesslog', 'access.log'];
      await using command = new GudegCommand(
        [...args, '--access-log-format', format, '--admin-bind', 'unix:admin', 'app.mjs'],
        { cwd: folder.path },
      );
      const port = await command.port();
      expect(await getOnce({ port }, '/hello?a=b')).to.equal('hello');
      const missing = await getOnce({ port }, '/missing').catch(
        (error: unknown) => (error as Error).message,
      );
      expect(missing).to.match(/^status 404/);
      const impatient = connect(port, '127.0.0.1');
      impatient.write('GET /never HTTP/1.1\r\nhost: a\r\n\r\n');
      await command.printed(/called/);
      impatient.destroy();
      await command.printed(/behind GET 200\n[^]*behind GET 404\n[^]*behind GET 499\n/);
      await command.printed(/before \d+ \/hello\?a=b\n/);
      command.kill('SIGTERM');
      expect((await command.end).code).to.equal(0);
      const host = `localhost:${port}`;
      expect(readFileSync(folder.join('access.log'), 'utf8')).to.equal(
        [
          `127.0.0.1 "GET /hello?a=b HTTP/1.1" 200 5 "-" ${host} 5\n`,
          `127.0.0.1 "GET /missing HTTP/1.1" 404 5 "-" ${host} 5\n`,
          `127.0.0.1 "GET /never HTTP/1.1" 499 0 "-" a -\n`,
        ].join(''),
      );
    });
  }

  it('counts requests, statuses and durations', async () => {
    using folder = new WorkerFolder({ 'app.mjs': apps['a function'] });
    const args = ['-k', 'node', '-b', '127.0.0.1:0', '--admin-bind', 'unix:admin', 'app.mjs'];
    await using command = new GudegCommand(args, { cwd: folder.path });
    const port = await command.port();
    for (let i = 0; i < 3; i++) await getOnce({ port });
    await getOnce({ port }, '/missing').catch(() => undefined);
    let scrape = '';
    while (!scrape.includes('gudeg_worker_requests_total{worker="0"} 4\n')) {
      scrape = await getOnce({ socketPath: folder.join('admin') }, '/metrics');
    }
    expect(scrape).to.match(/gudeg_worker_responses_total\{worker="0",code="200"\} 3\n/);
    expect(scrape).to.match(/gudeg_worker_responses_total\{worker="0",code="404"\} 1\n/);
    expect(scrape).to.match(/gudeg_worker_request_duration_seconds_count\{worker="0"\} 4\n/);
  });

  it('is replaced after maxRequests', async () => {
    using folder = new WorkerFolder({ 'app.mjs': apps['a function'] });
    const args = ['-k', 'node', '-b', '127.0.0.1:0', '--max-requests', '3', 'app.mjs'];
    await using command = new GudegCommand(args, { cwd: folder.path });
    const port = await command.port();
    for (let i = 0; i < 4; i++) await getOnce({ port });
    await command.logged(/replacing worker \(pid:\d+\): it has served \d of 3 requests/);
  });
});
