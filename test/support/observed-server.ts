import { TempServer, type App, type ListenAddress, type ServerOptions } from 'gudeg';

/** A server on a free port that keeps what it reports. */
export class ObservedServer extends TempServer {
  /** Codes, or messages where there is none, of `error` events. */
  readonly errors: string[] = [];
  /** Codes of `protocolError` events. */
  readonly protocolErrors: string[] = [];
  /** Codes of `overload` events. */
  readonly overloads: string[] = [];

  static override async start(
    app: App,
    options: ServerOptions = {},
    address: ListenAddress = ['127.0.0.1', 0],
  ): Promise<ObservedServer> {
    const server = new ObservedServer(address, app, options);
    server.on('error', (error) => {
      server.errors.push(codeOf(error));
    });
    server.on('protocolError', (error) => {
      server.protocolErrors.push(error.code);
    });
    server.on('overload', (error) => {
      server.overloads.push(codeOf(error));
    });
    return await server.listen();
  }
}

function codeOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return (error as NodeJS.ErrnoException).code ?? error.message;
}
