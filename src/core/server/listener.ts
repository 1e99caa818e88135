import { closeSync, statSync, unlinkSync } from 'node:fs';
import { loadEngine } from '../native/index.ts';
import type { SocketAddress } from '../rgi/index.ts';
import type { ServerOptions } from './server-options.ts';
import {
  checkListenAddress,
  listenArguments,
  resolveListenAddress,
  type ListenAddress,
} from './socket-address.ts';
import { systemError } from './system-error.ts';

/** How `openListener` opens a socket; as in `ServerOptions`. */
export type ListenerOptions = Pick<ServerOptions, 'backlog' | 'reusePort' | 'ipv6Only'>;

/**
 * A listening socket that this process only owns: it accepts nothing, other processes inherit `fd` and
 * serve it with `new Server({ fd }, …)`.
 */
export interface Listener {
  readonly fd: number;
  /** Where it really listens, with the port or abstract name that the kernel chose. */
  readonly address: SocketAddress;
  /** Closes the descriptor. With `removesFile` (default true, false for `{ fd }`) the file of a unix socket goes too, if it is still this one. */
  close(options?: { removesFile?: boolean }): void;
}

/**
 * Binds and listens, without accepting. A stale socket file is replaced.
 * @throws a system error such as EADDRINUSE or EACCES, GUDEG_ERR_INVALID_ADDRESS
 */
export async function openListener(
  listenAddress: ListenAddress,
  options: ListenerOptions = {},
): Promise<Listener> {
  checkListenAddress(listenAddress);
  const { backlog = 511, reusePort = false, ipv6Only = false } = options;
  const resolved = await resolveListenAddress(listenAddress);
  const where = listenArguments(resolved, { backlog, reusePort, ipv6Only });
  const opened = loadEngine().openListener(...where);
  if (opened < 0) throw systemError(opened, 'listen', listenAddress);
  const address = loadEngine().descriptorAddress(opened) ?? '';
  const inode = inodeOf(address);
  return {
    fd: opened,
    address,
    close({ removesFile = resolved.kind === 'unix' } = {}): void {
      if (removesFile && inode !== null && inodeOf(address) === inode) unlinkSync(String(address));
      closeSync(opened);
    },
  };
}

function inodeOf(address: SocketAddress): number | null {
  if (typeof address !== 'string') return null;
  return statSync(address, { throwIfNoEntry: false })?.ino ?? null;
}

/**
 * Through it a server that closes gives connections to one in another process: both inherit the
 * descriptors. One channel serves any number of senders and receivers.
 */
export interface HandOnChannel {
  /** For `Server.receiveConnections()`. */
  readonly receiveFd: number;
  /** For `Server.close({ handOnFd })`. */
  readonly sendFd: number;
}

/**
 * Opens a channel.
 * @throws a system error
 */
export function openHandOnChannel(): HandOnChannel {
  const ends = loadEngine().openHandOnChannel();
  if (typeof ends === 'number') throw systemError(ends, 'open a channel', { fd: -1 });
  return { receiveFd: ends[0], sendFd: ends[1] };
}
