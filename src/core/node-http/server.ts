import * as http from 'node:http';
import { EngineBackend, refuseInsecureParser, type HttpServerOptions } from './engine-backend.ts';
import { HttpListener } from './http-listener.ts';

type RequestListener = http.RequestListener;
type Open = Parameters<EngineBackend['open']>;

/**
 * `http.Server` on the native engine: its options, properties, methods and events are node's.
 *
 * Besides node's options it takes `proxyProtocol` and `proxyAllowIps`, as the `Server` of `gudeg` does.
 *
 * @throws GUDEG_ERR_INVALID_OPTION for `insecureHTTPParser: true`, which the engine doesn't have
 */
export class Server extends http.Server {
  /** Whether a client that stops sending still gets its response. Default false, as in node:http. */
  httpAllowHalfOpen = false;
  /** @internal */
  readonly backend: EngineBackend;

  constructor(options?: HttpServerOptions | RequestListener | null, listener?: RequestListener) {
    const given = typeof options === 'object' && options !== null ? options : {};
    refuseInsecureParser(given);
    // What is no options object is refused by node's own constructor.
    super(options as HttpServerOptions, listener);
    this.backend = new EngineBackend(this, given, {
      newListener: (engineOptions) => new HttpListener(this, engineOptions),
      // Somebody besides ourselves.
      watchesConnections: () => this.listenerCount('connection') > 1,
    });
    this.backend.leaveForeign('connection');
    this.on('newListener', (event) => {
      // It is among the listeners only after this.
      if (event === 'connection') process.nextTick(() => this.backend.tellOptions());
    });
  }

  // --- listening: node:net reads the arguments, the engine opens the socket ---

  /** As node:net's. In a worker of node:cluster each process listens itself, on a port that they share. */
  override listen(...args: unknown[]): this {
    return super.listen(...(this.backend.listenArguments(args) as []));
  }

  /** Node's name for the last step of `listen()`. */
  _listen2(...given: Open): void {
    this.backend.open(...given);
  }

  override getConnections(callback: (error: Error | null, count: number) => void): this {
    process.nextTick(callback, null, this.backend.connectionCount);
    return this;
  }

  override closeIdleConnections(): void {
    super.closeIdleConnections();
    this.backend.closeIdleConnections();
  }

  override closeAllConnections(): void {
    super.closeAllConnections();
    this.backend.closeAllConnections();
  }
}
