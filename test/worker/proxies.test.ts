import { expect } from 'chai';
import { readFileSync } from 'node:fs';

import { GudegCommand } from '../support/gudeg-command.ts';
import { exchange } from '../support/raw-client.ts';
import { WorkerFolder } from '../support/worker-folder.ts';

const proxyLine = 'PROXY TCP4 192.0.2.7 198.51.100.1 4567 80\r\n';
const request = (fields = ''): string =>
  `GET /x HTTP/1.1\r\nhost: a\r\n${fields}connection: close\r\n\r\n`;

const apps = {
  rgi: `export default ({ address }) => [200, 'OK', {}, address.join(' ')];`,
  gateway: `export default (environ, startResponse) => {
      startResponse('200 OK', []);
      return [[environ.REMOTE_ADDR, environ.REMOTE_PORT, environ['wsgi.url_scheme']].join(' ')];
    };`,
  node: `export default ({ socket }, response) =>
      response.end(socket.remoteAddress + ' ' + socket.remotePort);`,
} as const;

async function body(port: number, text: string): Promise<string> {
  const answer = await exchange(['127.0.0.1', port], text);
  return answer.slice(answer.indexOf('\r\n\r\n') + 4);
}

describe('a worker behind proxies', function () {
  this.timeout(60_000);

  for (const [workerClass, source] of Object.entries(apps)) {
    it(`of the class ${workerClass} sees the client that a PROXY header names`, async () => {
      using folder = new WorkerFolder({ 'app.mjs': source });
      const args = ['-b', '127.0.0.1:0', '-k', workerClass, '--proxy-protocol', 'auto'];
      await using command = new GudegCommand([...args, 'app.mjs'], { cwd: folder.path });
      const port = await command.port();
      expect(await body(port, proxyLine + request())).to.contain('192.0.2.7 4567');
      expect(await exchange(['127.0.0.1', port], request())).to.equal('');
      await command.logged(
        /\[WARNING\] a connection was refused: the connection begins without a PROXY header; let the proxy send/,
      );
    });
  }

  it('refuses proxies that are not allowed, and says so', async () => {
    using folder = new WorkerFolder({ 'app.mjs': apps.rgi });
    const args = [
      '-b',
      '127.0.0.1:0',
      '--proxy-protocol',
      'v1',
      '--proxy-allow-from',
      '10.0.0.0/8',
    ];
    await using command = new GudegCommand([...args, 'app.mjs'], { cwd: folder.path });
    expect(await exchange(['127.0.0.1', await command.port()], proxyLine + request())).to.equal('');
    await command.logged(/a connection was refused: the peer is none of .*; add its address to/);
  });

  it('writes the client into its access log', async () => {
    using folder = new WorkerFolder({ 'app.mjs': apps.rgi });
    const args = ['-b', 'unix:app.sock', '--proxy-protocol', 'v1', '--accesslog', 'access.log'];
    await using command = new GudegCommand([...args, 'app.mjs'], { cwd: folder.path });
    await command.logged(/app\.sock \(pid/);
    await exchange(folder.join('app.sock'), proxyLine + request());
    command.kill('SIGTERM');
    await command.end;
    expect(readFileSync(folder.join('access.log'), 'utf8')).to.match(/^192\.0\.2\.7 - - /);
  });

  it('believes the fields of loopback alone, unless it is told otherwise', async () => {
    using folder = new WorkerFolder({ 'app.mjs': apps.gateway });
    const args = ['-b', '127.0.0.1:0', '-k', 'gateway', 'app.mjs'];
    const secure = request('x-forwarded-proto: https\r\n');
    for (const [env, scheme] of [
      [{}, 'https'],
      [{ FORWARDED_ALLOW_IPS: '10.0.0.0/8,192.0.2.1' }, 'http'],
    ] as const) {
      await using command = new GudegCommand(args, { cwd: folder.path, env });
      expect(await body(await command.port(), secure)).to.match(new RegExp(` ${scheme}$`));
    }
    const given = ['--secure-scheme-headers', 'X-Tls=yes,X-Ssl=on', ...args];
    await using command = new GudegCommand(given, { cwd: folder.path });
    const port = await command.port();
    expect(await body(port, secure)).to.match(/ http$/);
    expect(await body(port, request('x-tls: yes\r\n'))).to.match(/ https$/);
  });

  it('refuses a list that is none', async () => {
    for (const [flag, value, message] of [
      [
        '--forwarded-allow-ips',
        'localhost',
        /forwardedAllowIps must be a list of IP addresses.*got/,
      ],
      ['--proxy-allow-ips', '1.2.3.4/99', /proxyAllowIps must be a list of IP addresses.*got/],
      ['--secure-scheme-headers', 'X-Tls', /an object of texts/],
    ] as const) {
      await using command = new GudegCommand([flag, value, 'app.mjs']);
      const { code, stderr } = await command.end;
      expect(stderr).to.match(message);
      expect(code).to.equal(2);
    }
  });
});
