import { expect } from 'chai';
import { readFileSync } from 'node:fs';

import { GudegCommand } from '../support/gudeg-command.ts';
import { exchange, RawClient } from '../support/raw-client.ts';
import { WorkerFolder } from '../support/worker-folder.ts';

const app = `
  const gone = [];
  export default async (_session, { uri }) => {
    if (uri === '/fail') throw new Error('failed on purpose');
    if (uri === '/slow') await new Promise((resolve) => gone.push(resolve));
    if (uri === '/go') gone.forEach((resolve) => resolve());
    return [200, 'OK', { 'X-Kind': 'plain' }, 'hello'];
  };`;

/** The lines that a worker has logged in `format` when it ends, behind what `act` did. */
async function logged(
  format: string,
  act: (port: number, folder: WorkerFolder) => Promise<unknown>,
): Promise<string[]> {
  using folder = new WorkerFolder({ 'app.mjs': app });
  const log = ['--accesslog', 'access.log', '--access-log-format', format];
  await using command = new GudegCommand(['-b', '127.0.0.1:0', ...log, 'app.mjs'], {
    cwd: folder.path,
  });
  await act(await command.port(), folder);
  command.kill('SIGTERM');
  expect((await command.end).code).to.equal(0);
  return readFileSync(folder.join('access.log'), 'utf8').trimEnd().split('\n');
}

const ask = (port: number, line: string, fields = ''): Promise<string> =>
  exchange(['127.0.0.1', port], `${line}\r\nhost: a\r\n${fields}connection: close\r\n\r\n`);

describe('the access log', function () {
  this.timeout(60_000);

  it('has gunicorn’s atoms, and a dash for what is missing', async () => {
    const format =
      '%(h)s %(l)s %(u)s %(r)s %(m)s %(U)s %(q)s %(H)s %(s)s %(b)s %(B)s %(f)s %(a)s %({x-own}i)s %({x-kind}o)s %({x-none}o)s %(nonsense)s %%';
    const own = 'authorization: Basic YWxpY2U6c2VjcmV0\r\nreferer: /before\r\nx-own: mine\r\n';
    const lines = await logged(format, async (port) => {
      await ask(port, 'GET /a?b=c HTTP/1.1', `${own}user-agent: tester\r\n`);
      await ask(port, 'HEAD / HTTP/1.0');
      await ask(port, 'GET /fail HTTP/1.1');
    });
    expect(lines).to.deep.equal([
      '127.0.0.1 - alice GET /a?b=c HTTP/1.1 GET /a b=c HTTP/1.1 200 5 5 /before tester mine plain - - %',
      '127.0.0.1 - - HEAD / HTTP/1.0 HEAD / - HTTP/1.0 200 0 0 - - - plain - - %',
      '127.0.0.1 - - GET /fail HTTP/1.1 GET /fail - HTTP/1.1 500 0 0 - - - - - - %',
    ]);
  });

  it('has the time of the request, how long it took, and the process', async () => {
    const began = Date.now();
    const [line = ''] = await logged('%(t)s %(T)s %(M)s %(D)s %(L)s %(p)s', (port) =>
      ask(port, 'GET / HTTP/1.1'),
    );
    const [, time = '', ...numbers] =
      /^\[(\d\d\/\w{3}\/\d{4}:\d\d:\d\d:\d\d \+0000)\] (\d+) (\d+) (\d+) (\d+\.\d{6}) <\d+>$/.exec(
        line,
      ) ?? [];
    const at = Date.parse(time.replace(':', ' ').replaceAll('/', ' '));
    expect(at).to.be.within(Math.floor(began / 1000) * 1000, Date.now());
    const [seconds = NaN, ms = NaN, us = NaN, exact = NaN] = numbers.map(Number);
    expect(us / 1e6).to.be.closeTo(exact, 1e-6);
    expect([seconds, ms]).to.deep.equal([Math.floor(us / 1e6), Math.floor(us / 1000)]);
  });

  it('lets nobody write lines of their own', async () => {
    const lines = await logged('"%(a)s" "%({x-own}i)s"', (port) =>
      ask(port, 'GET / HTTP/1.1', 'user-agent: a"b\\c\tdé\x85\r\nx-own: plain\r\n'),
    );
    expect(lines).to.deep.equal(['"a\\"b\\\\c\\x09dé\\x85" "plain"']);
  });

  it('has a line for a request whose client has gone before the answer', async () => {
    const lines = await logged('%(U)s %(s)s %(a)s', async (port) => {
      const impatient = await RawClient.to(['127.0.0.1', port]);
      impatient.send('GET /slow HTTP/1.1\r\nhost: a\r\nuser-agent: tester\r\n\r\n');
      // The app has it before the next connection is accepted, or as soon.
      await ask(port, 'GET / HTTP/1.1', 'user-agent: second\r\n');
      impatient.socket.resetAndDestroy();
      await impatient.ending;
      await ask(port, 'GET /go HTTP/1.1', 'user-agent: third\r\n');
    });
    expect(lines).to.have.length(3);
    expect(lines.find((line) => line.startsWith('/slow'))).to.match(/^\/slow 200 (tester|-)$/);
  });
});
