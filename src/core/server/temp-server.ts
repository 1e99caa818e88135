import type { App } from '../rgi/index.ts';
import { Server } from './server.ts';
import type { ServerOptions } from './server-options.ts';
import type { ListenAddress } from './socket-address.ts';

/**
 * A server for a test or a moment (Degu's `TempServer`): on a free port of 127.0.0.1 unless an address
 * is given, and gone at once, connections included, at `terminate()` or the end of `await using`.
 *
 * @example
 * await using server = await TempServer.start(() => [200, 'OK', {}, 'hello']);
 */
export class TempServer extends Server {
  constructor(address: ListenAddress, app: App, options: ServerOptions = {}) {
    super(address, app, options);
  }

  /** Makes a server that listens already. */
  static async start(
    app: App,
    options: ServerOptions = {},
    address: ListenAddress = ['127.0.0.1', 0],
  ): Promise<TempServer> {
    return await new TempServer(address, app, options).listen();
  }

  /** Stops listening and cuts all connections. */
  async terminate(): Promise<void> {
    await this.close({ graceMs: 0 });
  }

  /** `terminate()`. */
  override async [Symbol.asyncDispose](): Promise<void> {
    await this.terminate();
  }
}
