import { Gateway, type GatewayApp, type GatewayOptions } from 'gudeg/gateway';
import type { ListenAddress, ServerOptions } from 'gudeg';

import { ObservedServer } from '../../support/observed-server.ts';
import { RawClient } from '../../support/raw-client.ts';
import type { RawResponse } from '../../support/raw-response.ts';

/** A gateway app behind a server on a free port, and what they report. */
export class GatewayServer implements AsyncDisposable {
  readonly gateway: Gateway;
  readonly server: ObservedServer;
  /** What was written to `wsgi.errors`. */
  readonly written: string[];

  private constructor(gateway: Gateway, server: ObservedServer, written: string[]) {
    this.gateway = gateway;
    this.server = server;
    this.written = written;
  }

  static async start(
    app: GatewayApp,
    options: GatewayOptions = {},
    serverOptions: ServerOptions = {},
    address?: ListenAddress,
  ): Promise<GatewayServer> {
    const written: string[] = [];
    const errors = {
      write: (text: string) => void written.push(text),
      writelines: (lines: Iterable<string>) => void written.push(...lines),
      flush: () => undefined,
    };
    const environ = { 'wsgi.errors': errors, ...options.environ };
    const gateway = new Gateway(app, { ...options, environ });
    const server = await ObservedServer.start(gateway, serverOptions, address);
    return new GatewayServer(gateway, server, written);
  }

  connect(): Promise<RawClient> {
    return RawClient.to(this.server.address);
  }

  /** One request on a connection of its own. */
  async request(text: string): Promise<RawResponse> {
    await using client = await this.connect();
    return await client.request(text);
  }

  get(path = '/', fields = ''): Promise<RawResponse> {
    return this.request(`GET ${path} HTTP/1.1\r\nhost: a\r\n${fields}\r\n`);
  }

  post(body: string, fields = ''): Promise<RawResponse> {
    return this.request(
      `POST / HTTP/1.1\r\nhost: a\r\n${fields}content-length: ${body.length}\r\n\r\n${body}`,
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.server.close({ graceMs: 0 });
    await this.gateway.close({ graceMs: 0 });
  }
}
