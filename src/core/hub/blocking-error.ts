import { GudegError } from '../errors.ts';

/** What a blocking call throws outside green threads. */
export function blockingError(what: string): GudegError {
  return new GudegError(
    'GUDEG_ERR_HUB_BLOCKING',
    `${what} would block the event loop; call it in a green thread (spawn, green), ` +
      'or use its Async twin, which gives a promise',
  );
}
