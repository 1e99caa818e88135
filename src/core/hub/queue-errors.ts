import { GudegError } from '../errors.ts';

/** A queue has no item to give at once, or in time. */
export class Empty extends GudegError {
  constructor(message = 'the queue has no item') {
    super('GUDEG_ERR_HUB_EMPTY', message);
    this.name = 'Empty';
  }
}

/** A queue or a pool has no free slot at once, or in time. */
export class Full extends GudegError {
  constructor(message = 'the queue has no free slot') {
    super('GUDEG_ERR_HUB_FULL', message);
    this.name = 'Full';
  }
}

/** A queue was shut down: nothing can be put, and nothing is left to get. */
export class ShutDown extends GudegError {
  constructor(message = 'the queue was shut down') {
    super('GUDEG_ERR_HUB_SHUT_DOWN', message);
    this.name = 'ShutDown';
  }
}
