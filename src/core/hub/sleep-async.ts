import { type AsyncOptions, blockAsync, type BlockingCall } from './blocking-call.ts';

const SLEEP: BlockingCall<undefined, undefined> = {
  name: 'sleepAsync()',
  timedOut: () => undefined,
};

/** A promise that resolves after `seconds` of the hub's clock; `signal` rejects it before. */
export function sleepAsync(
  seconds = 0,
  options: Pick<AsyncOptions, 'signal'> = {},
): Promise<undefined> {
  return blockAsync(undefined, SLEEP, undefined, { ...options, timeout: Math.max(seconds, 0) });
}
