import { loadEngine } from '../../core/native/index.ts';

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
export class SystemdNotifier {
  readonly #socket: string | undefined;

  constructor(env: NodeJS.ProcessEnv) {
    this.#socket = env['NOTIFY_SOCKET'];
  }

  /** `READY=1`, `STOPPING=1`, `MAINPID=…`; several states in one message take effect together. */
  notify(...states: readonly string[]): void {
    if (this.#socket === undefined || this.#socket === '') return;
    loadEngine().sendDatagram(this.#socket, states.join('\n'));
  }

  /** Which process to watch from now on, and that it serves. */
  ready(): void {
    this.notify('READY=1', `MAINPID=${process.pid}`);
  }

  reloading(): void {
    this.notify('RELOADING=1', `MONOTONIC_USEC=${process.hrtime.bigint() / 1000n}`);
  }
}
