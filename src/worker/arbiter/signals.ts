/** The signals that an arbiter understands, as gunicorn's does. */
export const ARBITER_SIGNALS = [
  'SIGHUP',
  'SIGINT',
  'SIGQUIT',
  'SIGTERM',
  'SIGTTIN',
  'SIGTTOU',
  'SIGUSR1',
  'SIGUSR2',
  'SIGWINCH',
] as const;

/** One of them. */
export type ArbiterSignal = (typeof ARBITER_SIGNALS)[number];

/**
 * Gives signals to `handle`, one after the other in their order. Without a handler SIGUSR1 would start the
 * debugger, and SIGTTIN would stop the process.
 */
export function onSignals(handle: (signal: ArbiterSignal) => void): void {
  for (const signal of ARBITER_SIGNALS) {
    process.on(signal, () => {
      handle(signal);
    });
  }
}
