import { describeValue } from '../../core/errors.ts';
import { GudegError, type App } from '../../core/index.ts';
import type { LoadedTarget } from '../process/load-target.ts';
import { AppWorker } from './app-worker.ts';

/** `-k rgi`: serves an RGI app. */
export class RgiWorker extends AppWorker {
  protected override toApp({ value, description }: LoadedTarget): App {
    if (typeof value === 'function') return value as App;
    throw new GudegError(
      'GUDEG_ERR_APP_LOAD',
      `${description} must be a function (session, request, api) => response; got ${describeValue(value)}`,
    );
  }
}
