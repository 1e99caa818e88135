import { loadEngine } from '../../core/native/index.ts';
import type { Arbiter } from './arbiter.ts';

/** The first descriptor that systemd passes (SD_LISTEN_FDS_START). */
const LISTEN_FDS_START = 3;

/**
 * The sockets of a systemd socket unit (sd_listen_fds(3)) as `bind` calls them; none unless they are meant for this
 * process. The variables are taken out of `env`, as they are not for children.
 */
export function takeSystemdSockets(env: NodeJS.ProcessEnv): string[] {
  const { LISTEN_PID: pid, LISTEN_FDS: count } = env;
  for (const name of ['LISTEN_PID', 'LISTEN_FDS', 'LISTEN_FDNAMES']) {
    Reflect.deleteProperty(env, name);
  }
  if (Number(pid) !== process.pid) return [];
  return Array.from(
    { length: Number(count) || 0 },
    (_, index) => `fd://${LISTEN_FDS_START + index}`,
  );
}

/** Tells systemd how the service does (sd_notify(3)); nothing happens without NOTIFY_SOCKET. */
export function notifySystemd(arbiter: Arbiter, env: NodeJS.ProcessEnv): void {
  const { NOTIFY_SOCKET: socket = '' } = env;
  if (socket === '') return;
  // Several states in one message take effect together.
  const notify = (...states: readonly string[]): void => {
    loadEngine().sendDatagram(socket, states.join('\n'));
  };
  const mainPid = `MAINPID=${process.pid}`;
  arbiter.on('ready', () => {
    notify('READY=1', mainPid);
  });
  arbiter.on('reloading', () => {
    notify('RELOADING=1', `MONOTONIC_USEC=${process.hrtime.bigint() / 1000n}`);
  });
  arbiter.on('reloaded', () => {
    notify('READY=1');
  });
  arbiter.on('successorGone', () => {
    notify(mainPid);
  });
  arbiter.on('stopping', () => {
    notify('STOPPING=1');
  });
}
