import type { Arbiter } from './arbiter.ts';

/** What each signal means to an arbiter, as in gunicorn. */
const actions = {
  SIGHUP: (arbiter) => arbiter.reload(),
  SIGINT: (arbiter) => arbiter.quit('SIGINT'),
  SIGQUIT: (arbiter) => arbiter.quit('SIGQUIT'),
  SIGTERM: (arbiter) => arbiter.stop(),
  SIGTTIN: (arbiter) => {
    arbiter.resize(arbiter.crew.wanted + 1);
  },
  SIGTTOU: (arbiter) => {
    arbiter.resize(arbiter.crew.wanted - 1);
  },
  SIGUSR1: (arbiter) => {
    arbiter.reopenLogs();
  },
  SIGUSR2: (arbiter) => arbiter.upgrade(),
  SIGWINCH: ({ log }) => {
    log.debug('SIGWINCH is for daemons only: ignored');
  },
} as const satisfies Partial<Record<NodeJS.Signals, (arbiter: Arbiter) => Promise<void> | void>>;

/**
 * Lets signals command `arbiter`, one after the other in their order. Without a handler SIGUSR1 would start the
 * debugger, and SIGTTIN would stop the process.
 */
export function obeySignals(arbiter: Arbiter): void {
  for (const [signal, act] of Object.entries(actions)) {
    process.on(signal, () => {
      arbiter.log.debug(`got ${signal}`);
      void act(arbiter);
    });
  }
}
