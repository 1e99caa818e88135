import { once } from 'node:events';
import * as nodeHttp from 'node:http';
import { connect, type AddressInfo, type Socket } from 'node:net';
import { createServer } from 'gudeg/node-http';

/** What one scenario did: what its application noted, in order, and what its client received. */
export interface Transcript {
  readonly notes: readonly string[];
  readonly wire: string;
}

export type Note = (text: string) => void;

/** The same application and the same client, on whatever server it is given. */
export interface Scenario {
  readonly title: string;
  readonly options?: nodeHttp.ServerOptions;
  /** Sets up the server. */
  readonly serve: (server: nodeHttp.Server, note: Note) => void;
  /** What the client sends: parts, with something received between them, or a function. */
  readonly send: string | readonly string[] | ((client: Socket) => Promise<void> | void);
  /** The client closes when it has received this; otherwise it waits for the server. */
  readonly until?: RegExp;
  /** Order of notes is not compared. */
  readonly isUnordered?: boolean;
}

/** Runs a scenario on a server that `create` makes. */
export async function play(
  create: typeof nodeHttp.createServer,
  scenario: Scenario,
): Promise<Transcript> {
  const notes: string[] = [];
  const server = create(scenario.options ?? {});
  scenario.serve(server, (text) => notes.push(text));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const client = connect({
    port: (server.address() as AddressInfo).port,
    host: '127.0.0.1',
    allowHalfOpen: true,
  });
  let wire = '';
  let wake: () => void = () => undefined;
  client.on('data', (data: Buffer) => {
    wire += data.toString('latin1');
    if (scenario.until?.test(wire) === true) client.destroy();
    wake();
  });
  client.on('error', () => undefined);
  const closed = once(client, 'close');
  client.on('end', () => client.end());
  await once(client, 'connect');
  if (typeof scenario.send === 'function') await scenario.send(client);
  else {
    const parts = typeof scenario.send === 'string' ? [scenario.send] : scenario.send;
    for (const [index, part] of parts.entries()) {
      if (index > 0) {
        const before = wire.length;
        while (wire.length === before && !client.destroyed) {
          await Promise.race([new Promise<void>((resolve) => (wake = resolve)), closed]);
        }
      }
      client.write(part, 'latin1');
    }
  }
  await closed;
  const ended = once(server, 'close');
  server.close();
  server.closeAllConnections();
  await ended;
  return {
    notes: scenario.isUnordered === true ? notes.sort() : notes,
    wire: wire.replace(/Date: [^\r]*/g, 'Date: …'),
  };
}

/** On node:http, and on the engine. */
export async function playBoth(scenario: Scenario): Promise<[node: Transcript, ours: Transcript]> {
  return [await play(nodeHttp.createServer, scenario), await play(createServer, scenario)];
}
