import { spawn, type ChildProcess } from 'node:child_process';
import type { BoundListener, InheritedSockets } from './bound-listeners.ts';

/** Where a successor finds out what it inherits, and from whom. */
const ENV_SOCKETS = 'GUDEG_SOCKETS';
const ENV_PREDECESSOR = 'GUDEG_PREDECESSOR';

/** The first descriptor behind the standard streams. */
const FIRST_FD = 3;

interface SocketEntry {
  readonly bind: string;
  readonly fd: number;
  readonly receiveFd: number;
  readonly sendFd: number;
}

interface Inheritance {
  readonly entries: readonly SocketEntry[];
  /** The sockets are systemd's: the successor listens on nothing else. */
  readonly areFixed: boolean;
}

/**
 * Starts the same command again, as it is installed now, and leaves the listening sockets to it
 * (gunicorn's USR2). Both serve until somebody ends one of them.
 */
export function startSuccessor(
  listeners: readonly BoundListener[],
  areFixed: boolean,
  env: NodeJS.ProcessEnv,
  folder: string,
): ChildProcess {
  const entries = listeners.map(({ bind }, index): SocketEntry => ({
    bind,
    fd: FIRST_FD + 3 * index,
    receiveFd: FIRST_FD + 3 * index + 1,
    sendFd: FIRST_FD + 3 * index + 2,
  }));
  const descriptors = listeners.flatMap(({ listener, channel }) => [
    listener.fd,
    channel.receiveFd,
    channel.sendFd,
  ]);
  return spawn(process.execPath, [...process.execArgv, ...process.argv.slice(1)], {
    cwd: folder,
    detached: true,
    stdio: ['ignore', 'inherit', 'inherit', ...descriptors],
    env: {
      ...env,
      [ENV_SOCKETS]: JSON.stringify({ entries, areFixed } satisfies Inheritance),
      [ENV_PREDECESSOR]: String(process.pid),
    },
  });
}

/** What this process was left by its predecessor, and who that is; taken out of `env`. */
export function takeInheritance(env: NodeJS.ProcessEnv): {
  sockets: InheritedSockets;
  areFixed: boolean;
  predecessor: number | null;
} {
  const { [ENV_SOCKETS]: text, [ENV_PREDECESSOR]: pid } = env;
  Reflect.deleteProperty(env, ENV_SOCKETS);
  Reflect.deleteProperty(env, ENV_PREDECESSOR);
  if (text === undefined || pid === undefined) {
    return { sockets: new Map(), areFixed: false, predecessor: null };
  }
  const { entries, areFixed } = JSON.parse(text) as Inheritance;
  const sockets = new Map(
    entries.map(({ bind, fd, receiveFd, sendFd }) => [
      bind,
      { fd, channel: { receiveFd, sendFd } },
    ]),
  );
  return { sockets, areFixed, predecessor: Number(pid) };
}
