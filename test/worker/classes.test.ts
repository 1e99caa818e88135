import { expect } from 'chai';
import { fileURLToPath } from 'node:url';

import { GudegCommand } from '../support/gudeg-command.ts';
import { KeepAliveClient } from '../support/keep-alive-client.ts';
import { WorkerFolder } from '../support/worker-folder.ts';

const packages = fileURLToPath(new URL('../../node_modules/', import.meta.url));

const apps: Readonly<Record<string, readonly [workerClass: string, source: string]>> = {
  'a gateway app': [
    'gateway',
    `export default (environ, startResponse) => {
      startResponse('200 OK', [['content-type', 'text/plain']]);
      return [process.pid + ' ' + environ.PATH_INFO];
    };`,
  ],
  'a function for node:http': [
    'node',
    `export default (request, response) => response.end(process.pid + ' ' + request.url);`,
  ],
  'an Express app': [
    'node',
    `import express from '${packages}express/index.js';
    const app = express();
    app.get('/x', (request, response) => response.send(process.pid + ' ' + request.url));
    export default app;`,
  ],
  'a Fastify instance': [
    'node',
    `import Fastify from '${packages}fastify/fastify.js';
    const app = Fastify();
    app.get('/x', async (request) => process.pid + ' ' + request.url);
    export default app;`,
  ],
};

describe('worker classes', function () {
  this.timeout(60_000);

  for (const [what, [workerClass, source]] of Object.entries(apps)) {
    it(`serve ${what}, and hand on its connections at SIGHUP`, async () => {
      using folder = new WorkerFolder({ 'app.mjs': source });
      const args = ['-b', '127.0.0.1:0', '-k', workerClass, 'app.mjs'];
      await using command = new GudegCommand(args, { cwd: folder.path });
      using client = new KeepAliveClient({ port: await command.port() });
      const [before = '', path] = (await client.get('/x')).split(' ');
      expect(path).to.equal('/x');
      command.kill('SIGHUP');
      await command.logged(new RegExp(`worker \\(pid:${before}\\) has ended`));
      const [after] = (await client.get('/x')).split(' ');
      expect(after).not.to.equal(before);
      expect(client.connections).to.equal(1);
      command.kill('SIGTERM');
      expect((await command.end).code).to.equal(0);
    });
  }

  it('refuse what they don’t serve', async () => {
    using folder = new WorkerFolder({ 'app.mjs': 'export default 5;' });
    for (const [workerClass, message] of [
      ['gateway', /must be a function \(environ, startResponse\) => iterable; got 5/],
      [
        'node',
        /must be an Express app, a Fastify instance or a function \(request, response\); got 5/,
      ],
    ] as const) {
      const args = ['-b', '127.0.0.1:0', '-k', workerClass, 'app.mjs'];
      await using command = new GudegCommand(args, { cwd: folder.path });
      const { code, stderr } = await command.end;
      expect(stderr).to.match(message);
      expect(code).to.equal(4);
    }
  });
});
