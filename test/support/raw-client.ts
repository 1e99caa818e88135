import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

import type { SocketAddress } from '../../src/core/rgi/index.ts';
import { RawResponse } from './raw-response.ts';

/** How the peer ended a connection. */
export type Ending = 'closed' | 'reset';

/**
 * A client that sends exactly what it is told and shows exactly what comes. Text stands for bytes, one
 * Latin-1 character each.
 */
export class RawClient implements AsyncDisposable {
  readonly socket: Socket;
  /** How the server's side ended. */
  readonly ending: Promise<Ending>;
  #pieces: Buffer[] = [];
  #hasEnded = false;
  #wake: (() => void) | null = null;

  private constructor(socket: Socket) {
    this.socket = socket;
    socket.on('data', (data) => {
      this.#pieces.push(data);
      this.#wake?.();
    });
    this.ending = new Promise((resolve) => {
      const settle = (ending: Ending): void => {
        this.#hasEnded = true;
        resolve(ending);
        this.#wake?.();
      };
      socket.on('end', () => {
        settle('closed');
      });
      socket.on('error', () => {
        settle('reset');
      });
      socket.on('close', () => {
        settle('reset');
      });
    });
  }

  /** Connects to where a server listens. */
  static async to(address: SocketAddress | null): Promise<RawClient> {
    const socket = connect({ ...target(address), allowHalfOpen: true });
    await once(socket, 'connect');
    // One that a failed test left open must not keep the test runner.
    socket.unref();
    return new RawClient(socket);
  }

  send(bytes: string | Uint8Array): this {
    this.socket.write(typeof bytes === 'string' ? Buffer.from(bytes, 'latin1') : bytes);
    return this;
  }

  /** Says that nothing more will be sent. */
  finish(): this {
    this.socket.end();
    return this;
  }

  /** What has come and wasn't taken yet. */
  get received(): string {
    if (this.#pieces.length > 1) this.#pieces = [Buffer.concat(this.#pieces)];
    return this.#pieces[0]?.toString('latin1') ?? '';
  }

  /** Takes the next whole response. */
  async response(method = 'GET'): Promise<RawResponse> {
    for (;;) {
      const taken = RawResponse.take(this.received, method === 'HEAD', this.#hasEnded);
      if (taken !== null) {
        this.#pieces = taken.rest === '' ? [] : [Buffer.from(taken.rest, 'latin1')];
        return taken.response;
      }
      if (this.#hasEnded) {
        throw new Error(`the connection ended behind ${JSON.stringify(this.received)}`);
      }
      await this.#more();
    }
  }

  /** Sends a request and takes its response. */
  async request(text: string): Promise<RawResponse> {
    this.send(text);
    return this.response(text.slice(0, text.indexOf(' ')));
  }

  /** Waits until at least so many bytes have come. */
  async receive(bytes: number): Promise<string> {
    while (this.received.length < bytes && !this.#hasEnded) await this.#more();
    return this.received;
  }

  /** All that comes until the server's side ends. */
  async rest(): Promise<string> {
    await this.ending;
    const text = this.received;
    this.#pieces = [];
    return text;
  }

  #more(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve;
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.socket.closed) return;
    const closed = once(this.socket, 'close');
    this.socket.destroy();
    await closed;
  }
}

/** Sends `text` on a connection of its own and gives all that comes until the server closes it. */
export async function exchange(address: SocketAddress | null, text: string): Promise<string> {
  await using client = await RawClient.to(address);
  return await client.send(text).rest();
}

function target(address: SocketAddress | null): { path: string } | { host: string; port: number } {
  if (address === null) throw new Error('the server does not listen');
  if (typeof address === 'string') return { path: address };
  if (address instanceof Uint8Array) return { path: Buffer.from(address).toString('latin1') };
  const [host, port] = address;
  return { host, port };
}
