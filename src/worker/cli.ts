#!/usr/bin/env node
import { readFileSync } from 'node:fs';
import { Server, type ListenAddress, type SocketAddress } from '../core/index.ts';
import { helpText, parseCommandLine } from './command-line.ts';
import { loadApp } from './load-app.ts';

/** gunicorn's exit codes, and the usual one for wrong arguments. */
const EXIT_LISTEN = 1;
const EXIT_USAGE = 2;
const EXIT_APP_LOAD = 4;

const manifest = new URL('../../package.json', import.meta.url);

function version(): string {
  return (JSON.parse(readFileSync(manifest, 'utf8')) as { version: string }).version;
}

/** A message for a person; the stack only where the fault may be in the app. */
function fail(error: unknown, exitCode: number): never {
  const { message, cause } = error as Error;
  process.stderr.write(`gudeg: ${message}\n`);
  if (cause instanceof Error) process.stderr.write(`${cause.stack ?? cause.message}\n`);
  process.exit(exitCode);
}

function describe(address: SocketAddress | null): string {
  if (typeof address === 'string') return `unix:${address}`;
  if (address instanceof Uint8Array) {
    return `unix:@${Buffer.from(address).toString('latin1', 1)}`;
  }
  const [host, port] = address ?? ['', 0];
  return `http://${host.includes(':') ? `[${host}]` : host}:${port}/`;
}

async function listenAll(
  addresses: readonly ListenAddress[],
  make: (address: ListenAddress) => Server,
): Promise<Server[]> {
  const servers: Server[] = [];
  for (const address of addresses) servers.push(await make(address).listen());
  return servers;
}

/** The first signal lets running requests end, the second one doesn't. */
function stopOnSignals(servers: readonly Server[], graceMs: number): void {
  let isStopping = false;
  for (const [signal, number] of [
    ['SIGINT', 2],
    ['SIGTERM', 15],
  ] as const) {
    process.on(signal, () => {
      if (isStopping) process.exit(128 + number);
      isStopping = true;
      process.stdout.write(`gudeg: ${signal}, stopping\n`);
      void Promise.all(servers.map((server) => server.close({ graceMs }))).then(() => {
        process.exit(0);
      });
    });
  }
}

async function main(): Promise<void> {
  let command;
  try {
    command = parseCommandLine(process.argv.slice(2));
  } catch (error) {
    fail(error, EXIT_USAGE);
  }
  if (command.kind === 'help') process.stdout.write(helpText());
  else if (command.kind === 'version') process.stdout.write(`gudeg ${version()}\n`);
  else {
    const { target, addresses, options, graceMs } = command;
    const app = await loadApp(target).catch((error: unknown) => fail(error, EXIT_APP_LOAD));
    let servers: Server[];
    try {
      servers = await listenAll(addresses, (address) => new Server(address, app, options));
    } catch (error) {
      fail(error, EXIT_LISTEN);
    }
    stopOnSignals(servers, graceMs);
    for (const server of servers) {
      process.stdout.write(
        `gudeg: ${target} on ${describe(server.address)} (pid ${process.pid})\n`,
      );
    }
  }
}

await main();
