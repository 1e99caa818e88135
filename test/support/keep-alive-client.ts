import { Agent, request } from 'node:http';
import { Agent as TlsAgent, request as requestByTls } from 'node:https';

/** Where a client connects to; with `ca`, the CA of the server in PEM, by TLS. */
export type Target =
  { readonly port: number; readonly ca?: string | Buffer } | { readonly socketPath: string };

/** A client with one connection that it keeps, or a new one for each request. */
export class KeepAliveClient implements Disposable {
  readonly #agent: Agent;
  readonly #request: typeof request;
  readonly #target: Target;
  /** How often it had to connect. */
  connections = 0;

  constructor(target: Target, keepAlive = true) {
    const isTls = 'ca' in target;
    this.#agent = new (isTls ? TlsAgent : Agent)({ keepAlive, maxSockets: 1 });
    this.#request = isTls ? requestByTls : request;
    this.#target = target;
  }

  /** The body of the answer to a GET. Any fault of the connection rejects. */
  get(path = '/'): Promise<string> {
    return new Promise((resolve, reject) => {
      const sent = this.#request({ ...this.#target, path, agent: this.#agent }, (response) => {
        let body = '';
        response.setEncoding('utf8');
        response.on('data', (text: string) => (body += text));
        response.on('error', reject);
        response.on('end', () => {
          if (response.statusCode === 200) resolve(body);
          else reject(new Error(`status ${response.statusCode ?? 0}: ${body}`));
        });
      });
      sent.on('socket', () => {
        if (!sent.reusedSocket) this.connections++;
      });
      sent.on('error', reject);
      sent.end();
    });
  }

  [Symbol.dispose](): void {
    this.#agent.destroy();
  }
}

/** One request on a connection of its own. */
export async function getOnce(target: Target, path = '/'): Promise<string> {
  using client = new KeepAliveClient(target, false);
  return await client.get(path);
}
