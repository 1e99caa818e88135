import { once } from 'node:events';
import { chmodSync, rmSync } from 'node:fs';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { isMainThread } from 'node:worker_threads';
import { describeValue, GudegError } from '../../errors.ts';

const ownerOnly = 0o600;
const othersMask = 0o177;

/**
 * A server on a unix socket that nobody but the process's own user may connect to, from the first moment on. A
 * file that a dead server left is replaced; a server that lives is an error, code EADDRINUSE.
 *
 * @throws GudegError GUDEG_ERR_INVALID_ADDRESS for what is no path
 */
export async function privateListener(
  path: string,
  onConnection: (socket: Socket) => void,
): Promise<Server> {
  if (typeof path !== 'string' || !path.includes('/')) {
    throw new GudegError(
      'GUDEG_ERR_INVALID_ADDRESS',
      `path must be that of a unix socket, with a slash, since a port is open to all users; got ${describeValue(path)}`,
    );
  }
  try {
    return await listenAt(path, onConnection);
  } catch (error) {
    const isTaken = (error as NodeJS.ErrnoException).code === 'EADDRINUSE';
    if (!isTaken || (await isAlive(path))) throw error;
    rmSync(path);
    return await listenAt(path, onConnection);
  }
}

async function listenAt(path: string, onConnection: (socket: Socket) => void): Promise<Server> {
  const server = createServer(onConnection);
  const isListening = once(server, 'listening');
  // The file is made within listen(); a mask of permissions exists once for all threads.
  const mask = isMainThread ? process.umask(othersMask) : undefined;
  try {
    server.listen(path);
    if (mask === undefined) chmodSync(path, ownerOnly);
  } finally {
    if (mask !== undefined) process.umask(mask);
  }
  await isListening;
  return server;
}

function isAlive(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = connect(path);
    probe.on('connect', () => {
      probe.destroy();
      resolve(true);
    });
    probe.on('error', () => {
      resolve(false);
    });
  });
}
