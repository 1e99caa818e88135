import { rmSync } from 'node:fs';
import type { Server, Socket } from 'node:net';
import { waitForPromise } from '../promise-bridge.ts';
import { startSession } from './backdoor-session.ts';
import { privateListener } from './private-listener.ts';

/** What whoever comes in finds. */
export interface BackdoorOptions {
  /** Names that can be used at the prompt, with their values. Default: none. */
  locals?: Readonly<Record<string, unknown>> | undefined;
  /** What a session begins with; null: nothing. Default: the version of Node and the number of the process. */
  banner?: string | null | undefined;
}

/**
 * A prompt inside a running process, for whoever has to see what it does: JavaScript, evaluated in green threads.
 * `threads()` shows all green threads, `exit()` ends a session. It listens on a unix socket that only the
 * process's own user may connect to, and on no port: whoever gets in can do everything.
 *
 * @example
 * const backdoor = await BackdoorServer.listenAsync('/run/app/backdoor', { locals: { pool } });
 * // $ nc -U /run/app/backdoor
 */
export class BackdoorServer {
  /** The path of its socket. */
  readonly path: string;
  readonly #server: Server;
  readonly #sessions: Set<() => void>;

  private constructor(path: string, server: Server, sessions: Set<() => void>) {
    this.path = path;
    this.#server = server;
    this.#sessions = sessions;
  }

  /** Opens a backdoor, and waits until it is open. */
  static listen(path: string, options: BackdoorOptions = {}): BackdoorServer {
    return waitForPromise(BackdoorServer.listenAsync(path, options), 'BackdoorServer.listen()');
  }

  /** The promise-returning twin of `listen`. */
  static async listenAsync(path: string, options: BackdoorOptions = {}): Promise<BackdoorServer> {
    const { locals = {}, banner = `Node ${process.version}, process ${process.pid}` } = options;
    const repl = await import('node:repl');
    const sessions = new Set<() => void>();
    const server = await privateListener(path, (socket: Socket) => {
      const end = startSession(repl, socket, banner, locals);
      sessions.add(end);
      socket.on('close', () => sessions.delete(end));
    });
    // It is no reason for a program to go on.
    server.unref();
    return new BackdoorServer(path, server, sessions);
  }

  /** Takes no more connections, and ends the sessions. */
  close(): void {
    this.#server.close();
    rmSync(this.path, { force: true });
    for (const end of [...this.#sessions]) end();
  }

  /** `close()`. */
  [Symbol.dispose](): void {
    this.close();
  }

  /** How it stands now, in figures. */
  statistics(): { readonly sessions: number } {
    return { sessions: this.#sessions.size };
  }
}
