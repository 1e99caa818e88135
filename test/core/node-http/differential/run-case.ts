import { once, type EventEmitter } from 'node:events';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { inspect } from 'node:util';

import { RawClient } from '../../../support/raw-client.ts';
import type { DifferentialCase, Stage } from './differential-case.ts';

export type CreateServer = typeof import('node:http').createServer;

/** What one run of a case left: the server's events in order, and the bytes of each connection. */
export interface Transcript {
  readonly events: readonly string[];
  readonly wire: readonly string[];
}

const patienceMs = 2000;
/** Turns of the loop in which late events still arrive. */
const settlingTurns = 12;

/** Runs `example` on a server of `createServer`. */
export async function runCase(
  createServer: CreateServer,
  example: DifferentialCase,
): Promise<Transcript> {
  const server = createServer({ ...example.options });
  const stage = new RecordedStage(server);
  example.setUp?.(server, stage);
  const { listener } = example;
  if (listener !== undefined) {
    server.on('request', (request, response) => {
      const given: unknown = listener(request, response, stage);
      if (given instanceof Promise) given.catch((error: unknown) => stage.log('thrown', error));
    });
  }
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  try {
    await within(drive(example, await stage.connect(), stage), 'the client', stage);
    await settle();
    if (server.listening) server.close();
    server.closeAllConnections();
    await within(stage.over(), 'the end', stage);
    await settle();
  } finally {
    server.closeAllConnections();
    stage.destroy();
  }
  return stage.transcript();
}

async function drive(
  { drive: script, send, responses }: DifferentialCase,
  client: RawClient,
  stage: Stage,
): Promise<void> {
  if (script !== undefined) {
    await script(client, stage);
    return;
  }
  client.send(send ?? '');
  if (responses !== undefined) {
    for (const method of responses) await client.response(method);
    client.finish();
  }
  await client.ending;
}

async function settle(): Promise<void> {
  for (let turn = 0; turn < settlingTurns; turn++) await new Promise(setImmediate);
}

async function within(work: Promise<unknown>, what: string, stage: Stage): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise((resolve) => {
    timer = setTimeout(() => {
      stage.log(`${what} waits in vain`);
      resolve(undefined);
    }, patienceMs);
  });
  await Promise.race([work, late]).finally(() => clearTimeout(timer));
}

class RecordedStage implements Stage {
  readonly server: Server;
  readonly #events: string[] = [];
  readonly #clients: { client: RawClient; pieces: Buffer[]; ending: string }[] = [];
  readonly #over: Promise<unknown>[] = [];
  #wake: (() => void)[] = [];

  constructor(server: Server) {
    this.server = server;
    this.#over.push(once(server, 'close'));
  }

  readonly log = (...parts: unknown[]): void => {
    this.#events.push(parts.map(asText).join(' '));
    const waiting = this.#wake;
    this.#wake = [];
    for (const wake of waiting) wake();
  };

  watch(name: string, emitter: EventEmitter, ...events: string[]): void {
    for (const event of events) {
      emitter.on(event, (value: unknown) => {
        if (value instanceof Error) this.log(name, event, value);
        else this.log(name, event);
      });
    }
  }

  watchExchange(request: IncomingMessage, response: ServerResponse): void {
    const label = request.url ?? '';
    let text = '';
    request.on('data', (data: Buffer | string) => (text += data.toString('latin1')));
    request.on('end', () => this.log(`req ${label} end`, JSON.stringify(text)));
    this.watch(`req ${label}`, request, 'aborted', 'error', 'close');
    this.watch(`res ${label}`, response, 'finish', 'error', 'close');
    this.#over.push(new Promise((resolve) => response.on('close', resolve)));
  }

  async logged(start: string): Promise<void> {
    while (!this.#events.some((line) => line.startsWith(start))) {
      await new Promise<void>((resolve) => this.#wake.push(resolve));
    }
  }

  async connect(): Promise<RawClient> {
    const { port } = this.server.address() as AddressInfo;
    const client = await RawClient.to(['127.0.0.1', port]);
    const record = { client, pieces: [] as Buffer[], ending: 'open' };
    client.socket.on('data', (data) => record.pieces.push(data));
    void client.ending.then((ending) => (record.ending = ending));
    this.#clients.push(record);
    return client;
  }

  /** Resolves when the server and every watched exchange are closed. */
  async over(): Promise<void> {
    for (const { client } of this.#clients) client.finish();
    await Promise.all([...this.#over, ...this.#clients.map(({ client }) => client.ending)]);
  }

  destroy(): void {
    for (const { client } of this.#clients) client.socket.destroy();
  }

  transcript(): Transcript {
    return {
      events: this.#events,
      wire: this.#clients.flatMap(({ pieces, ending }) => [
        ...Buffer.concat(pieces)
          .toString('latin1')
          .replaceAll(/^Date: .*\r$/gm, 'Date: …\r')
          .split('\n')
          .map((line) => JSON.stringify(line)),
        ending,
      ]),
    };
  }
}

function asText(part: unknown): string {
  if (typeof part === 'string') return part;
  if (part instanceof Error) {
    const { code } = part as NodeJS.ErrnoException;
    return code === undefined ? `${part.name}: ${part.message}` : `${part.name} ${code}`;
  }
  return inspect(part, { depth: 4, breakLength: Infinity, sorted: false });
}
