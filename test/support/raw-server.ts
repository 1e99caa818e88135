import { once } from 'node:events';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';

/** What a raw server does with a connection on which a request head has come. */
export type RawHandler = (socket: Socket, head: string) => void;

/** A server that speaks bytes: a request's head, up to its empty line, calls the handler. */
export class RawServer implements AsyncDisposable {
  readonly address: readonly [host: string, port: number];
  /** Everything that came, of all connections. */
  received = '';
  connections = 0;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  private constructor(server: Server, handler: RawHandler) {
    this.#server = server;
    this.address = ['127.0.0.1', (server.address() as AddressInfo).port];
    server.on('connection', (socket) => {
      this.connections += 1;
      this.#sockets.add(socket);
      socket.setNoDelay(true);
      socket.on('close', () => this.#sockets.delete(socket));
      socket.on('error', () => undefined);
      let text = '';
      socket.on('data', (data) => {
        text += data.toString('latin1');
        this.received += data.toString('latin1');
        for (let end = text.indexOf('\r\n\r\n'); end >= 0; end = text.indexOf('\r\n\r\n')) {
          const head = text.slice(0, end + 4);
          text = text.slice(end + 4);
          handler(socket, head);
        }
      });
    });
  }

  static async start(handler: RawHandler): Promise<RawServer> {
    const server = createServer();
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return new RawServer(server, handler);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    this.#server.close();
    await once(this.#server, 'close');
  }
}
