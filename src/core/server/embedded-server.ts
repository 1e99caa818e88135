import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { resolve as resolvePath } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { GudegError, describeValue, invalidArgType } from '../errors.ts';
import type { SocketAddress } from '../rgi/index.ts';
import type { ServeOrder, ServeOutcome, SentError } from './embedded-main.ts';
import { completeServerOptions, type ServerOptions } from './server-options.ts';
import { checkListenAddress, type InheritedSocket, type ListenAddress } from './socket-address.ts';

/** Where another process finds the function that builds an app (functions don't travel; modules do). */
export interface AppBuilder {
  /** A file's URL, such as `new URL('./app.js', import.meta.url)`, or its path. */
  readonly module: URL | string;
  /** The export that is called and gives, or resolves to, the app. Default `'default'`. */
  readonly exportName?: string;
  /** What it is called with: anything that can be cloned. */
  readonly args?: readonly unknown[];
}

/** How the process of an `EmbeddedServer` ended. */
export interface EmbeddedExit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** What may pass between the order to close and the end of the process, beside the grace. */
const CLOSE_MARGIN_MS = 5000;

// This file's own extension tells whether it runs from src/ or from dist/.
const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js';
const embeddedMain = fileURLToPath(new URL(`./embedded-main.${extension}`, import.meta.url));

/**
 * A server in a process of its own (Degu's `EmbeddedServer`), which dies with this one, however this one
 * dies. It does not keep this process alive.
 *
 * @example
 * const build = { module: new URL('./app.js', import.meta.url), args: ['/srv/data'] };
 * const server = await EmbeddedServer.start(Buffer.from('\0'), build);
 * const client = new Client(server.address);
 */
export class EmbeddedServer implements AsyncDisposable {
  /** Where it listens, with the port or the abstract name that the kernel chose. */
  readonly address: SocketAddress;
  readonly options: Readonly<ServerOptions>;
  /** Resolves when the process is gone. */
  readonly exited: Promise<EmbeddedExit>;
  readonly #child: ChildProcess;

  private constructor(
    child: ChildProcess,
    exited: Promise<EmbeddedExit>,
    address: SocketAddress,
    options: ServerOptions,
  ) {
    this.#child = child;
    this.exited = exited;
    this.address = address;
    this.options = { ...options };
  }

  /**
   * Starts the process, and resolves when it listens.
   * @param address as for `Server`, but no descriptor
   * @param options of the `Server` there
   * @throws what the module, the builder or `listen()` threw there, with its code;
   *   GUDEG_ERR_EMBEDDED_SERVER when the process ended without a word; GUDEG_ERR_INVALID_ADDRESS,
   *   GUDEG_ERR_INVALID_OPTION, GUDEG_ERR_INVALID_ARG_TYPE before it is started
   */
  static async start(
    address: Exclude<ListenAddress, InheritedSocket>,
    builder: AppBuilder,
    options: ServerOptions = {},
  ): Promise<EmbeddedServer> {
    const order = orderOf(address, builder, options);
    const child = fork(embeddedMain, [], {
      execArgv: inheritedFlags(process.execArgv),
      serialization: 'advanced',
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    });
    const exited = new Promise<EmbeddedExit>((resolve) => {
      child.once('exit', (code, signal) => {
        resolve({ code, signal });
      });
    });
    child.on('error', () => {
      // That it could not be started, or is gone, shows in its end.
    });
    child.send(order);
    const outcome = await outcomeOf(child, exited);
    if ('error' in outcome) {
      await exited;
      throw receivedError(outcome.error);
    }
    child.unref();
    child.channel?.unref();
    return new EmbeddedServer(child, exited, outcome.address, options);
  }

  /** The id of the process. */
  get pid(): number {
    return this.#child.pid ?? 0;
  }

  /**
   * Ends the process and waits until it is gone; may be called again.
   * @param options.graceMs how long running requests may take. Default 0: connections are cut
   */
  async terminate(options: { graceMs?: number } = {}): Promise<void> {
    const { graceMs = 0 } = options;
    const child = this.#child;
    if (child.exitCode !== null || child.signalCode !== null) return;
    if (child.connected) child.send({ graceMs });
    else child.kill('SIGTERM');
    // A handler that blocks its loop hears of nothing else.
    const timer = setTimeout(() => child.kill('SIGKILL'), graceMs + CLOSE_MARGIN_MS);
    child.ref();
    await this.exited;
    clearTimeout(timer);
  }

  /** `terminate()`. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.terminate();
  }

  /** `EmbeddedServer(['127.0.0.1', 8000])` */
  toString(): string {
    return `EmbeddedServer(${describeValue(this.address)})`;
  }
}

function orderOf(address: unknown, builder: AppBuilder, options: ServerOptions): ServeOrder {
  checkListenAddress(address as ListenAddress);
  completeServerOptions(options);
  if (typeof address === 'object' && address !== null && 'fd' in address) {
    throw new GudegError(
      'GUDEG_ERR_INVALID_ADDRESS',
      `address ${describeValue(address)}: a descriptor belongs to this process; give an address that another one can bind`,
    );
  }
  const { module, exportName = 'default', args = [] } = builder;
  if (typeof module !== 'string' && !(module instanceof URL)) {
    throw invalidArgType('builder.module', 'the URL or the path of a file', module);
  }
  const url =
    typeof module === 'string' && !module.startsWith('file:')
      ? pathToFileURL(resolvePath(module))
      : module;
  return {
    address: address as ServeOrder['address'],
    module: String(url),
    exportName,
    args,
    options,
    parent: process.pid,
  };
}

/** Flags of this process that are good for another: not its script text, nor its inspector's port. */
function inheritedFlags(flags: readonly string[]): string[] {
  const kept: string[] = [];
  for (let i = 0; i < flags.length; i++) {
    const flag = flags[i] as string;
    if (/^(-e|--eval|-p|--print|-pe)$/.test(flag)) i++;
    else if (!/^(--input-type|--inspect|--eval=|--print=)/.test(flag)) kept.push(flag);
  }
  return kept;
}

async function outcomeOf(
  child: ChildProcess,
  exited: Promise<EmbeddedExit>,
): Promise<ServeOutcome> {
  const answered = once(child, 'message') as Promise<[ServeOutcome]>;
  const outcome = await Promise.race([answered, exited]);
  if (Array.isArray(outcome)) return outcome[0];
  const { code, signal } = outcome;
  throw new GudegError(
    'GUDEG_ERR_EMBEDDED_SERVER',
    `the process ended before it listened (${signal ?? `exit code ${code}`}); see what it wrote to stderr`,
  );
}

function receivedError({ name, message, stack, ...more }: SentError): Error {
  const error = Object.assign(new Error(message), more);
  Object.defineProperties(error, {
    name: { value: name, configurable: true, writable: true },
    stack: { value: stack, configurable: true, writable: true },
  });
  return error;
}
