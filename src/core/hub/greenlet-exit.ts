import { GudegError } from '../errors.ts';

/** What `kill` raises in a green thread unless it is given another error. Never reported as unhandled. */
export class GreenletExit extends GudegError {
  constructor(message = 'the green thread was killed') {
    super('GUDEG_ERR_HUB_KILLED', message);
    this.name = 'GreenletExit';
  }
}
