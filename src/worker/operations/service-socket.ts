import { chmodSync, renameSync, rmSync, statSync } from 'node:fs';
import { Server, type App, type Listener } from '../../core/index.ts';

/** An app on a listening socket of the arbiter's own, served by the engine. */
export class ServiceSocket {
  readonly fd: number;
  readonly #listener: Listener;
  readonly #server: Server;
  readonly #inode: number | null;
  #path: string | null;

  private constructor(listener: Listener, server: Server) {
    this.#listener = listener;
    this.#server = server;
    this.fd = listener.fd;
    const { address } = listener;
    this.#path = typeof address === 'string' ? address : null;
    this.#inode = this.#path === null ? null : inodeOf(this.#path);
  }

  /** @throws a system error */
  static async open(listener: Listener, app: App): Promise<ServiceSocket> {
    const server = new Server({ fd: listener.fd }, app, { maxConnections: 256 });
    const socket = new ServiceSocket(listener, server);
    await server.listen();
    // It serves for as long as the arbiter lives, not the other way round.
    server.unref();
    return socket;
  }

  get address(): Listener['address'] {
    return this.#listener.address;
  }

  /** Lets only those connect whom `mode` lets write. */
  chmod(mode: number): void {
    if (this.#path !== null) chmodSync(this.#path, mode);
  }

  /** Gives the file of the socket another name, replacing what has it. */
  rename(path: string): void {
    if (this.#path === null) return;
    renameSync(this.#path, path);
    this.#path = path;
  }

  /** Closes it, with its file, if that is still this one. */
  async close(keepsFile = false): Promise<void> {
    if (!keepsFile && this.#path !== null && inodeOf(this.#path) === this.#inode) {
      rmSync(this.#path, { force: true });
    }
    await this.#server.close({ graceMs: 1000 });
  }
}

function inodeOf(path: string): number | null {
  return statSync(path, { throwIfNoEntry: false })?.ino ?? null;
}
