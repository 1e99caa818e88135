import { Client, ClientError, GudegError } from '../../core/index.ts';
import type { ArbiterStatus } from '../operations/arbiter-status.ts';

/** What the arbiter answered. */
export interface ControlAnswer {
  readonly status: number;
  readonly value: unknown;
}

/** The status of an arbiter behind JSON: dates are texts. */
export type SentStatus = ArbiterStatus;

/** Talks to an arbiter through its control socket. */
export class ControlClient {
  readonly path: string;
  readonly #client: Client;

  constructor(path: string) {
    this.path = path;
    // A reload takes as long as its workers boot.
    this.#client = new Client(path, { responseTimeoutMs: 0 });
  }

  /** @throws GUDEG_ERR_CONTROL_ABSENT, GUDEG_ERR_CONTROL_DENIED */
  async status(): Promise<SentStatus> {
    const { value } = await this.#ask('GET', '/status');
    return value as SentStatus;
  }

  /**
   * Gives an order.
   * @throws GUDEG_ERR_CONTROL_ABSENT, GUDEG_ERR_CONTROL_DENIED
   */
  order(uri: string): Promise<ControlAnswer> {
    return this.#ask('POST', uri);
  }

  async #ask(method: 'GET' | 'POST', uri: string): Promise<ControlAnswer> {
    try {
      const connection = await this.#client.connect();
      try {
        const { status, body } = await connection.request(method, uri, {}, null);
        const bytes = (await body?.read()) ?? new Uint8Array();
        return { status, value: JSON.parse(Buffer.from(bytes).toString()) as unknown };
      } finally {
        connection.close();
      }
    } catch (error) {
      throw error instanceof ClientError ? explain(error, this.path) : error;
    }
  }
}

function explain(cause: ClientError, path: string): GudegError {
  const [code = ''] = /\bE[A-Z]{3,}\b/.exec(cause.message) ?? [];
  if (code === 'EACCES' || code === 'EPERM') {
    return new GudegError(
      'GUDEG_ERR_CONTROL_DENIED',
      `this user may not command the arbiter at ${path}: be its user, or start it with another controlSocketMode`,
      { cause },
    );
  }
  const why =
    code === 'ENOENT'
      ? 'there is no such socket'
      : code === 'ECONNREFUSED'
        ? 'the socket is left over from one that is gone'
        : cause.message;
  return new GudegError(
    'GUDEG_ERR_CONTROL_ABSENT',
    `no arbiter listens at ${path}: ${why}; is it started, with this --control-socket or --pidfile?`,
    { cause },
  );
}
