import { wait } from '../wait.ts';
import { type Cooperative, cooperative } from './cooperative.ts';

/**
 * `fetch` for green threads: parks until the response is there; its `text()`, `json()` and the like park too. The
 * request is aborted when the green thread is killed or timed out, or by `init.signal`.
 */
export function fetch(
  input: string | URL | Request,
  init: RequestInit = {},
): Cooperative<Response> {
  const { signal } = init;
  return cooperative(
    wait((killed) => {
      const signals = signal === undefined || signal === null ? [killed] : [killed, signal];
      return globalThis.fetch(input, { ...init, signal: AbortSignal.any(signals) });
    }),
  );
}
