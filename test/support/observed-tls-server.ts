import { once } from 'node:events';

import {
  TempSSLServer,
  type App,
  type CodedError,
  type ServerOptions,
  type TlsServerOptions,
} from 'gudeg';

/** A TLS server on a free port of 127.0.0.1 that keeps the handshakes that failed. */
export class ObservedTlsServer extends TempSSLServer {
  readonly failures: CodedError[] = [];
  #taken = 0;

  static override async start(
    tls: TlsServerOptions,
    app: App = () => [200, 'OK', {}, 'hello'],
    options: ServerOptions = {},
  ): Promise<ObservedTlsServer> {
    const server = new ObservedTlsServer(tls, ['127.0.0.1', 0], app, options);
    server.on('tlsError', (error: CodedError) => {
      server.failures.push(error);
    });
    return await server.listen();
  }

  get port(): number {
    return (this.address as readonly [string, number])[1];
  }

  /** The next failure that wasn't taken yet. */
  async failure(): Promise<CodedError> {
    for (;;) {
      const next = this.failures[this.#taken];
      if (next !== undefined) {
        this.#taken += 1;
        return next;
      }
      await once(this, 'tlsError');
    }
  }
}
