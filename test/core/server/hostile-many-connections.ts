// Run as a process of its own: opens connections in another process and sees that the server still
// serves. The clients are idle, half of them in the middle of a head.
import { spawn } from 'node:child_process';
import { connect } from 'node:net';
import { TempServer } from 'gudeg';

/** The server's process needs some descriptors for other things. */
const WANTED = Math.min(20_000, Number(process.env['DESCRIPTORS'] ?? 1024) - 100);

if (process.argv[2] === undefined) {
  await using server = await TempServer.start(() => [200, 'OK', {}, 'hello']);
  const [, port] = server.address as [string, number];
  const child = spawn(
    process.execPath,
    [...process.execArgv, process.argv[1] as string, String(port)],
    {
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  );
  const opened = await new Promise<number>((resolve) => {
    child.stdout.once('data', (data: Buffer) => {
      resolve(Number(data.toString()));
    });
  });
  let most = 0;
  while (server.connectionCount < opened) {
    const { connectionCount } = server;
    if (connectionCount < most) {
      throw new Error(`only ${connectionCount} of ${opened} connections were left of ${most}`);
    }
    most = connectionCount;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  const text = await new Promise<string>((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.write('GET / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n');
    let received = '';
    socket.on('data', (data) => (received += data.toString()));
    socket.on('end', () => {
      resolve(received);
    });
  });
  child.kill();
  console.log(text.startsWith('HTTP/1.1 200') ? 'served' : text, opened);
  process.exit();
} else {
  const port = Number(process.argv[2]);
  let opened = 0;
  let isOver = false;
  const open = (): void => {
    if (isOver) return;
    // Several addresses of this machine, because one has too few ports.
    const socket = connect({
      port,
      host: '127.0.0.1',
      localAddress: `127.0.0.${1 + (opened % 4)}`,
    });
    socket.once('connect', () => {
      if (++opened % 2 === 0) socket.write('GET / HTTP/1.1\r\nho');
      if (opened >= WANTED) report();
      else open();
    });
    // No descriptors left: what there is must do.
    socket.once('error', report);
  };
  const report = (): void => {
    if (isOver) return;
    isOver = true;
    console.log(opened);
  };
  for (let i = 0; i < 64; i++) open();
}
