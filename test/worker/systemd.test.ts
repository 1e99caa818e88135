import { expect } from 'chai';
import { existsSync } from 'node:fs';

import { openListener, type Listener } from '../../src/core/server/index.ts';
import { GudegCommand } from '../support/gudeg-command.ts';
import { getOnce, KeepAliveClient } from '../support/keep-alive-client.ts';
import { needsPrograms } from '../support/needs-program.ts';
import { NotifySocket } from '../support/notify-socket.ts';
import { pidApp, WorkerFolder } from '../support/worker-folder.ts';

/** systemd knows the process id of the service before it runs; a shell does, too. */
const asService = ['sh', '-c', 'LISTEN_PID=$$ exec "$@"', 'sh'];

function portOf({ address }: Listener): number {
  return (address as [string, number])[1];
}

describe('a service of systemd', function () {
  this.timeout(60_000);

  before(needsPrograms('python3'));

  it('listens on the sockets of its socket unit and on nothing else, and leaves them open', async () => {
    using folder = new WorkerFolder({ 'app.mjs': pidApp });
    const tcp = await openListener(['127.0.0.1', 0]);
    const path = folder.join('app.sock');
    const unix = await openListener(path);
    try {
      await using command = new GudegCommand(['-b', '127.0.0.1:1', '-w', '2', 'app.mjs'], {
        cwd: folder.path,
        prefix: asService,
        fds: [tcp.fd, unix.fd],
        env: { LISTEN_FDS: '2', LISTEN_FDNAMES: 'web:local' },
      });
      await command.logged(/on unix:/);
      expect(await command.port()).to.equal(portOf(tcp));
      expect(command.stderr).not.to.match(/127\.0\.0\.1:1\b/);
      expect(await getOnce({ port: portOf(tcp) }, '/env/LISTEN_FDS')).to.equal('');
      expect(await getOnce({ socketPath: path })).to.match(/^\d+$/);
      command.kill('SIGTERM');
      expect((await command.end).code).to.equal(0);
      // Who connects now is served by the next start.
      expect(existsSync(path)).to.equal(true);
      const waiting = getOnce({ port: portOf(tcp) });
      await using next = new GudegCommand(['app.mjs'], {
        cwd: folder.path,
        prefix: asService,
        fds: [tcp.fd, unix.fd],
        env: { LISTEN_FDS: '2' },
      });
      expect(await waiting).to.match(/^\d+$/);
      next.kill('SIGTERM');
      await next.end;
    } finally {
      tcp.close();
      unix.close();
    }
  });

  it('takes no sockets that are meant for another process', async () => {
    using folder = new WorkerFolder({ 'app.mjs': pidApp });
    const tcp = await openListener(['127.0.0.1', 0]);
    try {
      await using command = new GudegCommand(['-b', '127.0.0.1:0', 'app.mjs'], {
        cwd: folder.path,
        fds: [tcp.fd],
        env: { LISTEN_FDS: '1', LISTEN_PID: '1' },
      });
      expect(await command.port()).not.to.equal(portOf(tcp));
    } finally {
      tcp.close();
    }
  });

  it('says when it serves, reloads and stops', async () => {
    using folder = new WorkerFolder({ 'app.mjs': pidApp });
    const path = folder.join('notify');
    await using systemd = await NotifySocket.open(path);
    await using command = new GudegCommand(['-b', '127.0.0.1:0', 'app.mjs'], {
      cwd: folder.path,
      env: { NOTIFY_SOCKET: path },
    });
    expect(await systemd.told(/./)).to.deep.equal(['READY=1', `MAINPID=${command.pid}`]);
    expect(await getOnce({ port: await command.port() })).to.match(/^\d+$/);
    command.kill('SIGHUP');
    const [reloading, since] = await systemd.told(/./);
    expect(reloading).to.equal('RELOADING=1');
    expect(since).to.match(/^MONOTONIC_USEC=\d+$/);
    expect(await systemd.told(/./)).to.deep.equal(['READY=1']);
    command.kill('SIGTERM');
    expect(await systemd.told(/./)).to.deep.equal(['STOPPING=1']);
    expect((await command.end).code).to.equal(0);
  });

  it('hears of no service that cannot boot', async () => {
    using folder = new WorkerFolder({ 'app.mjs': 'throw new Error("no app");' });
    const path = folder.join('notify');
    await using systemd = await NotifySocket.open(path);
    await using command = new GudegCommand(['-b', '127.0.0.1:0', 'app.mjs'], {
      cwd: folder.path,
      env: { NOTIFY_SOCKET: path },
    });
    expect((await command.end).code).to.equal(4);
    expect(systemd.messages.flat()).not.to.include('READY=1');
  });

  it('names its successor at SIGUSR2, which keeps the sockets', async () => {
    using folder = new WorkerFolder({ 'app.mjs': pidApp });
    const path = folder.join('notify');
    await using systemd = await NotifySocket.open(path);
    const tcp = await openListener(['127.0.0.1', 0]);
    let successor = 0;
    try {
      await using command = new GudegCommand(['app.mjs'], {
        cwd: folder.path,
        prefix: asService,
        fds: [tcp.fd],
        env: { LISTEN_FDS: '1', NOTIFY_SOCKET: path },
      });
      await systemd.told(/READY=1/);
      using client = new KeepAliveClient({ port: portOf(tcp) });
      const before = await client.get();
      command.kill('SIGUSR2');
      const [, main] = await systemd.told(/READY=1/);
      successor = Number(/^MAINPID=(\d+)$/.exec(main ?? '')?.[1]);
      expect(successor).not.to.equal(command.pid);
      command.kill('SIGTERM');
      await command.logged(/the predecessor is gone/);
      expect(await client.get()).not.to.equal(before);
      expect(client.connections).to.equal(1);
      process.kill(successor, 'SIGTERM');
      await command.end;
      successor = 0;
    } finally {
      if (successor !== 0) process.kill(successor, 'SIGKILL');
      tcp.close();
    }
  });
});
