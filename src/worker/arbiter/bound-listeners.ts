import { chmodSync, chownSync, closeSync, statSync } from 'node:fs';
import {
  GudegError,
  type HandOnChannel,
  type Listener,
  type SocketAddress,
} from '../../core/index.ts';
import { openHandOnChannel, openListener } from '../../core/server/index.ts';
import { parseBindAddress } from '../settings/bind-address.ts';
import type { Settings } from '../settings/settings.ts';
import { groupId, userId } from './owner.ts';

/** One listening socket of the arbiter, with the channel through which its connections change workers. */
export interface BoundListener {
  /** As `bind` says it. */
  readonly bind: string;
  readonly listener: Listener;
  readonly channel: HandOnChannel;
}

/** Sockets that another process left to this one, by what `bind` calls them. */
export type InheritedSockets = ReadonlyMap<
  string,
  { readonly fd: number; readonly channel: HandOnChannel | null }
>;

/**
 * Opens what `settings.bind` lists; those in `open` are kept, those in `inherited` adopted.
 * @throws a system error that says what to do; what was opened is closed again
 */
export async function bindListeners(
  settings: Settings,
  open: readonly BoundListener[],
  inherited: InheritedSockets,
): Promise<BoundListener[]> {
  const bound: BoundListener[] = [];
  try {
    for (const bind of new Set(settings.bind)) {
      const kept = open.find((each) => each.bind === bind);
      bound.push(kept ?? (await bindOne(bind, settings, inherited)));
    }
  } catch (error) {
    unbind(bound.filter((each) => !open.includes(each)));
    throw error;
  }
  return bound;
}

/** Closes listeners. Files of unix sockets are left where another process goes on with them. */
export function unbind(listeners: readonly BoundListener[], removesFiles = true): void {
  for (const { bind, listener, channel } of listeners) {
    // The file of a socket that somebody else opened is theirs.
    listener.close({ removesFile: removesFiles && !bind.startsWith('fd://') });
    closeSync(channel.receiveFd);
    closeSync(channel.sendFd);
  }
}

async function bindOne(
  bind: string,
  settings: Settings,
  inherited: InheritedSockets,
): Promise<BoundListener> {
  const given = inherited.get(bind);
  const address = given === undefined ? parseBindAddress(bind) : { fd: given.fd };
  let listener: Listener;
  try {
    listener = await openListener(address, settings.serverOptions);
  } catch (error) {
    throw explainBindError(error as NodeJS.ErrnoException, bind);
  }
  if (given === undefined && typeof listener.address === 'string') {
    applyOwner(listener.address, settings);
  }
  return { bind, listener, channel: given?.channel ?? openHandOnChannel() };
}

function applyOwner(path: string, { socketMode, socketOwner, user, group }: Settings): void {
  if (socketMode !== null) chmodSync(path, parseInt(socketMode, 8));
  const [owner = user, ownerGroup = group] = socketOwner?.split(':') ?? [];
  if (owner === null && ownerGroup === null) return;
  chownSync(
    path,
    owner === null ? -1 : userId(owner),
    ownerGroup === null ? -1 : groupId(ownerGroup),
  );
}

/** Says what to do about it. */
export function explainBindError(error: NodeJS.ErrnoException, bind: string): Error {
  const cure = {
    EADDRINUSE: isOtherFile(bind)
      ? 'that file is no socket; remove it, or bind to another path'
      : 'another process listens there; stop it, or bind to another address',
    EACCES:
      'this user may not; ports below 1024 need CAP_NET_BIND_SERVICE, files a writable folder',
    EADDRNOTAVAIL: 'this machine does not have that address',
    ENOENT: 'the folder does not exist',
    EBADF: 'there is no such descriptor; who starts this process must pass it on',
    ENOTSOCK: 'that descriptor is no stream socket',
    EMFILE: 'the process is out of descriptors; raise ulimit -n',
  }[error.code ?? ''];
  if (error instanceof GudegError || cure === undefined) return error;
  const message = `cannot listen on ${bind}: ${cure} (${error.code ?? ''})`;
  return Object.assign(new Error(message, { cause: undefined }), { code: error.code });
}

/** Whether a path that one would listen on is taken by a file of another kind. */
function isOtherFile(bind: string): boolean {
  const path = /^unix:(?!@)([^ ]+)/.exec(bind)?.[1];
  if (path === undefined) return false;
  return statSync(path, { throwIfNoEntry: false })?.isSocket() === false;
}

/** An address as one writes it into a browser or a configuration. */
export function describeAddress(address: SocketAddress, isTls = false): string {
  if (typeof address === 'string') return `unix:${address}`;
  if (address instanceof Uint8Array) {
    return `unix:@${Buffer.from(address).toString('latin1', 1)}`;
  }
  const [host, port] = address;
  return `http${isTls ? 's' : ''}://${host.includes(':') ? `[${host}]` : host}:${port}/`;
}
