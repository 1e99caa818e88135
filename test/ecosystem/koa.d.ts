declare module 'koa' {
  import type { IncomingMessage, ServerResponse } from 'node:http';

  /** As much of a context as is used here. */
  interface Context {
    readonly req: IncomingMessage;
    readonly res: ServerResponse;
    readonly path: string;
    readonly method: string;
    respond: boolean;
    body: unknown;
    set(name: string, value: string): void;
    throw(status: number, message: string): never;
    onerror(error: Error): void;
  }

  export default class Koa {
    silent: boolean;
    use(middleware: (context: Context, next: () => Promise<void>) => Promise<void>): this;
    callback(): (request: IncomingMessage, response: ServerResponse) => Promise<void>;
  }
}
