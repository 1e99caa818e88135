// The process of an `EmbeddedServer`: builds the app that it is told to, serves it, and ends with its parent.
import { invalidArgType } from '../errors.ts';
import { loadEngine } from '../native/index.ts';
import type { App, SocketAddress } from '../rgi/index.ts';
import { Server } from './server.ts';
import type { ServerOptions } from './server-options.ts';

/** What the parent says first. */
export interface ServeOrder {
  readonly address: SocketAddress;
  /** A file URL. */
  readonly module: string;
  readonly exportName: string;
  readonly args: readonly unknown[];
  readonly options: ServerOptions;
  /** Its process id. */
  readonly parent: number;
}

/** What it says when the server is to end. */
export interface CloseOrder {
  readonly graceMs: number;
}

/** An error as it travels. */
export interface SentError {
  readonly name: string;
  readonly message: string;
  readonly stack: string | undefined;
  readonly code?: string;
  readonly errno?: number;
  readonly syscall?: string;
}

/** What comes back: where the server listens, or why it does not. */
export type ServeOutcome = { readonly address: SocketAddress } | { readonly error: SentError };

async function serve(order: ServeOrder): Promise<Server> {
  const { module, exportName, args, address, options } = order;
  const exports = (await import(module)) as Record<string, unknown>;
  const build = exports[exportName];
  if (typeof build !== 'function') {
    throw invalidArgType(`the export ${exportName} of ${module}`, 'a function', build);
  }
  const app = await (build as (...args: readonly unknown[]) => App | Promise<App>)(...args);
  return await new Server(address, app, options).listen();
}

function sentError(reason: unknown): SentError {
  const error = reason instanceof Error ? reason : new Error(String(reason));
  const { name, message, stack } = error;
  const { code, errno, syscall } = error as NodeJS.ErrnoException;
  return {
    name,
    message,
    stack,
    ...(code === undefined ? {} : { code }),
    ...(errno === undefined ? {} : { errno }),
    ...(syscall === undefined ? {} : { syscall }),
  };
}

function tell(outcome: ServeOutcome): Promise<void> {
  return new Promise((resolve) => {
    process.send?.(outcome, undefined, undefined, () => {
      resolve();
    });
  });
}

let server: Server | null = null;

async function end(graceMs: number): Promise<void> {
  await server?.close({ graceMs });
  process.exit(0);
}

/** A loop that is blocked learns of no end: so long after its parent's death the process is killed. */
const ORPHAN_MS = 1000;

// Ctrl-C reaches the whole process group; what ends, and when, is the parent's to say.
process.on('SIGINT', () => undefined);
process.on('SIGTERM', () => void end(0));
process.on('disconnect', () => void end(0));
process.on('message', (message: ServeOrder | CloseOrder) => {
  if ('graceMs' in message) {
    void end(message.graceMs);
    return;
  }
  loadEngine().watchParent(message.parent, ORPHAN_MS);
  serve(message).then(
    (listening) => {
      server = listening;
      return tell({ address: listening.address ?? '' });
    },
    async (error: unknown) => {
      await tell({ error: sentError(error) });
      process.exit(1);
    },
  );
});
