import { describeValue } from '../../core/errors.ts';
import { Gateway, type GatewayApp } from '../../core/gateway/index.ts';
import { GudegError, type App } from '../../core/index.ts';
import type { LoadedTarget } from '../process/load-target.ts';
import { AppWorker } from './app-worker.ts';
import type { DrainOrder } from './worker.ts';

/** `-k gateway`: serves a gateway app, each request in a green thread. */
export class GatewayWorker extends AppWorker {
  #gateway: Gateway | null = null;

  protected override toApp({ value, description }: LoadedTarget): App {
    if (typeof value !== 'function') {
      throw new GudegError(
        'GUDEG_ERR_APP_LOAD',
        `${description} must be a function (environ, startResponse) => iterable; got ${describeValue(value)}`,
      );
    }
    // The access log is the worker's.
    const { forwardedAllowIps, secureSchemeHeaders, forwarderHeaders } = this.settings;
    this.#gateway = new Gateway(value as GatewayApp, {
      logOutput: false,
      forwardedAllowIps,
      secureSchemeHeaders,
      forwarderHeaders,
    });
    return this.#gateway;
  }

  override async drain(order: DrainOrder): Promise<void> {
    await super.drain(order);
    await this.#gateway?.close({ graceMs: 0 });
  }
}
