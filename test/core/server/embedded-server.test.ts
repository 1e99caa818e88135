import { expect } from 'chai';
import { once } from 'node:events';
import { createConnection, type Socket } from 'node:net';
import { fileURLToPath } from 'node:url';
import { Client, EmbeddedServer, type AppBuilder, type SocketAddress } from 'gudeg';
import { rejected } from '../caught.ts';
import { NodeProgram } from '../../support/node-program.ts';
import { socketPath } from '../../support/socket-path.ts';

const module = new URL('embedded-apps.ts', import.meta.url);
const loopback = ['127.0.0.1', 0] as const;
const stubborn: AppBuilder = { module, exportName: 'stubborn' };

async function get(address: SocketAddress, uri = '/'): Promise<unknown> {
  await using connection = await new Client(address).connect();
  return await (await connection.get(uri)).body?.json();
}

async function connected(address: SocketAddress): Promise<Socket> {
  const [host, port] = address as [string, number];
  const socket =
    typeof address === 'string' ? createConnection(address) : createConnection(port, host);
  socket.on('error', () => undefined);
  await once(socket, 'connect');
  return socket;
}

/** Also where it is reset. */
function closed(socket: Socket): Promise<void> {
  return new Promise((resolve) => {
    socket.once('close', () => {
      resolve();
    });
  });
}

/** A process that starts one, says where it is, and does nothing more. */
const parentOf = (builder: AppBuilder): string => `
  import { EmbeddedServer } from 'gudeg';
  const server = await EmbeddedServer.start(['127.0.0.1', 0], ${JSON.stringify(builder)});
  console.log('port ' + server.address[1] + ' of ' + server.pid);
`;

describe('EmbeddedServer', function () {
  this.timeout(60_000);

  it('serves in another process, on any kind of address, what the builder makes there', async () => {
    for (const address of [loopback, socketPath(), Buffer.from('\0')] as const) {
      await using server = await EmbeddedServer.start(address, { module, args: [1, ['two']] });
      expect(await get(server.address)).to.deep.equal({ pid: server.pid, args: [1, ['two']] });
      expect(server.pid).not.to.equal(process.pid);
    }
  });

  it('takes the path of a module, and the options of a server', async () => {
    const builder = { module: fileURLToPath(module) };
    await using server = await EmbeddedServer.start(loopback, builder, { maxRequests: 1 });
    await using connection = await new Client(server.address).connect();
    const { headers, body } = await connection.get('/');
    await body?.read();
    expect(headers).to.include({ connection: 'close' });
    expect(server.options).to.deep.equal({ maxRequests: 1 });
    expect(String(server)).to.match(/^EmbeddedServer\(\[ ?'127\.0\.0\.1'/);
  });

  it('rejects with the error that its process met', async () => {
    const start = (builder: AppBuilder, address: readonly [string, number] = loopback) =>
      EmbeddedServer.start(address, builder).then(
        () => expect.fail('it started'),
        (error: unknown) => error,
      );
    const failing = await start({ module, exportName: 'failing' });
    expect(failing).to.be.instanceOf(Error).and.to.include({
      name: 'RangeError',
      message: 'the data is not there',
      code: 'NO_DATA',
    });
    expect((failing as Error).stack).to.include('embedded-apps.ts');
    for (const exportName of ['absent', 'notAFunction']) {
      expect(await start({ module, exportName })).to.have.property(
        'code',
        'GUDEG_ERR_INVALID_ARG_TYPE',
      );
    }
    expect(await start({ module: '/no/such.js' })).to.have.property('code', 'ERR_MODULE_NOT_FOUND');
    await using taken = await EmbeddedServer.start(loopback, { module });
    expect(await start({ module }, taken.address as [string, number])).to.have.property(
      'code',
      'EADDRINUSE',
    );
  });

  it('tells when its process ended without a word', async () => {
    const error = await rejected(
      'GUDEG_ERR_EMBEDDED_SERVER',
      EmbeddedServer.start(loopback, { module, exportName: 'ending' }),
    );
    expect(error.message).to.include('exit code 7');
  });

  it('refuses what cannot be meant before it starts anything', async () => {
    await rejected(
      'GUDEG_ERR_INVALID_ADDRESS',
      EmbeddedServer.start({ fd: 3 } as never, { module }),
    );
    await rejected(
      'GUDEG_ERR_INVALID_OPTION',
      EmbeddedServer.start(loopback, { module }, { maxRequests: -1 }),
    );
    await rejected(
      'GUDEG_ERR_INVALID_ARG_TYPE',
      EmbeddedServer.start(loopback, { module: 5 as never }),
    );
  });

  it('cuts what runs when it is terminated, or lets it end in a grace', async () => {
    const server = await EmbeddedServer.start(loopback, stubborn);
    const slow = await connected(server.address);
    slow.write('GET /slow HTTP/1.1\r\nHost: a\r\n\r\n');
    // The second request shows that the server has the first one.
    await using connection = await new Client(server.address).connect();
    await connection.get('/other');
    const answer = once(slow, 'data') as Promise<[Buffer]>;
    await server.terminate({ graceMs: 20_000 });
    expect(String((await answer)[0])).to.match(/^HTTP\/1\.1 200 OK/);
    expect(await server.exited).to.deep.equal({ code: 0, signal: null });
    await server.terminate();

    const other = await EmbeddedServer.start(loopback, stubborn);
    const never = await connected(other.address);
    never.write('GET /never HTTP/1.1\r\nHost: a\r\n\r\n');
    const cut = closed(never);
    await other.terminate();
    await cut;
  });

  it('ends with its parent, however that one dies and whatever it does itself', async () => {
    for (const [uri, signal] of [
      ['/', null],
      ['/never', 'SIGKILL'],
      ['/block', 'SIGKILL'],
    ] as const) {
      const more = signal === null ? '' : 'setInterval(() => undefined, 1000);';
      const text = parentOf({ ...stubborn, module: String(module) });
      await using parent = NodeProgram.text(text + more);
      const [, port] = await parent.printed(/port (\d+) of \d+\n/);
      if (signal === null) {
        // Nothing else keeps that process alive.
        expect(await parent.end).to.include({ code: 0, stderr: '' });
        continue;
      }
      const socket = await connected(['127.0.0.1', Number(port)]);
      const gone = closed(socket);
      await using probe = await new Client(['127.0.0.1', Number(port)]).connect();
      socket.write(`GET ${uri} HTTP/1.1\r\nHost: a\r\n\r\n`);
      // It has the request: its answer to another one, or to this one, shows that.
      if (uri === '/block') await once(socket, 'data');
      else await probe.get('/');
      parent.child.kill(signal);
      await gone;
    }
  });
});
