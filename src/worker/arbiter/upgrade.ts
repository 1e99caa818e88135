import { spawn, type ChildProcess } from 'node:child_process';
import type { Arbiter } from './arbiter.ts';
import type { InheritedSockets } from './bound-listeners.ts';
import type { Generations } from './generations.ts';
import type { Succession } from './succession.ts';

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

/** The admin socket as one arbiter leaves it to the next. */
export interface AdminInheritance {
  /** As `adminBind` says it. */
  readonly bind: string;
  readonly fd: number;
}

interface Inheritance {
  readonly entries: readonly SocketEntry[];
  /** The sockets are systemd's: the successor listens on nothing else. */
  readonly areFixed: boolean;
  readonly admin: AdminInheritance | null;
}

/**
 * Starts the same command again, as it is installed now, and leaves the listening sockets to it
 * (gunicorn's USR2). Both serve until somebody ends one of them.
 * @param admin the admin socket, if there is one
 */
export function startSuccessor(
  arbiter: Arbiter,
  generations: Generations,
  succession: Succession,
  admin: AdminInheritance | null,
): void {
  const { log } = arbiter;
  const child = spawnSuccessor(generations, admin, arbiter.folder);
  const pid = child.pid ?? 0;
  succession.begin(child, (how) => {
    if (how instanceof Error) {
      log.error(`the successor cannot be started: ${how.message}`);
    } else if (arbiter.phase === 'serving') {
      log.warning(`the successor (pid:${pid}) is gone (${how}); going on`);
      arbiter.emit('successorGone');
    }
  });
  log.info(`started the successor (pid:${pid})`);
}

function spawnSuccessor(
  { current, areBindsFixed: areFixed }: Generations,
  admin: AdminInheritance | null,
  folder: string,
): ChildProcess {
  const { listeners } = current;
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
  const adminFd = FIRST_FD + descriptors.length;
  const inheritance: Inheritance = {
    entries,
    areFixed,
    admin: admin === null ? null : { bind: admin.bind, fd: adminFd },
  };
  return spawn(process.execPath, [...process.execArgv, ...process.argv.slice(1)], {
    cwd: folder,
    detached: true,
    stdio: ['ignore', 'inherit', 'inherit', ...descriptors, ...(admin === null ? [] : [admin.fd])],
    env: {
      ...process.env,
      [ENV_SOCKETS]: JSON.stringify(inheritance),
      [ENV_PREDECESSOR]: String(process.pid),
    },
  });
}

/** What this process was left by its predecessor, and who that is; taken out of `env`. */
export function takeInheritance(env: NodeJS.ProcessEnv): {
  sockets: InheritedSockets;
  areFixed: boolean;
  admin: AdminInheritance | null;
  predecessor: number | null;
} {
  const { [ENV_SOCKETS]: text, [ENV_PREDECESSOR]: pid } = env;
  Reflect.deleteProperty(env, ENV_SOCKETS);
  Reflect.deleteProperty(env, ENV_PREDECESSOR);
  if (text === undefined || pid === undefined) {
    return { sockets: new Map(), areFixed: false, admin: null, predecessor: null };
  }
  const { entries, areFixed, admin } = JSON.parse(text) as Inheritance;
  const sockets = new Map(
    entries.map(({ bind, fd, receiveFd, sendFd }) => [
      bind,
      { fd, channel: { receiveFd, sendFd } },
    ]),
  );
  return { sockets, areFixed, admin, predecessor: Number(pid) };
}
