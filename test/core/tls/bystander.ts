import { readFileSync } from 'node:fs';
import { once } from 'node:events';
import { connect, type TLSSocket } from 'node:tls';

import type { ClientSslconfig } from 'gudeg';

const request = 'GET / HTTP/1.1\r\nhost: localhost\r\n\r\n';

/** A client that stays connected while others misbehave: of node:tls, with a certificate. */
export class Bystander implements AsyncDisposable {
  readonly socket: TLSSocket;

  private constructor(socket: TLSSocket) {
    this.socket = socket;
  }

  static async to(port: number, config: ClientSslconfig): Promise<Bystander> {
    const socket = connect({
      port,
      host: '127.0.0.1',
      ca: readFileSync(config.caFile),
      cert: readFileSync(config.certFile),
      key: readFileSync(config.keyFile),
    });
    await once(socket, 'secureConnect');
    return new Bystander(socket);
  }

  /** The status line of an answer on the one connection. */
  async ask(): Promise<string> {
    this.socket.write(request);
    const [data] = (await once(this.socket, 'data')) as [Buffer];
    return data.toString('latin1').split('\r\n')[0] ?? '';
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.socket.closed) return;
    const closed = once(this.socket, 'close');
    this.socket.destroy();
    await closed;
  }
}
