import { Server, type App } from '../../core/index.ts';
import type { InheritedListener, WorkerCounts } from '../arbiter/messages.ts';
import type { LoadedTarget } from '../process/load-target.ts';
import { observedApp } from '../process/request-observer.ts';
import { EngineCounter } from './engine-counter.ts';
import { ProxyRefusals } from './proxy-refusals.ts';
import { RefusalLog } from './refusal-log.ts';
import { Worker, type DrainOrder } from './worker.ts';

/** A worker whose app is, or becomes, an RGI app: one `Server` for each listener. */
export abstract class AppWorker extends Worker {
  #app: App | null = null;
  #servers: Server[] = [];
  readonly #counter = new EngineCounter(this.isMetered);

  /**
   * The RGI app behind what the target named.
   * @throws GUDEG_ERR_APP_LOAD
   */
  protected abstract toApp(target: LoadedTarget): App | Promise<App>;

  async load(target: LoadedTarget): Promise<void> {
    const app = await this.toApp(target);
    this.#app = this.observer === null ? app : observedApp(app, this.observer);
  }

  async serve(listeners: readonly InheritedListener[]): Promise<void> {
    const app = this.#app;
    if (app === null) throw new TypeError('load() comes before serve()');
    this.#servers = listeners.map(({ fd }) => new Server({ fd }, app, this.settings.serverOptions));
    for (const [index, server] of this.#servers.entries()) {
      server.on('error', (error, { request }) => {
        const where = request === null ? 'onConnect' : `${request.method} ${request.uri}`;
        const stack = error instanceof Error ? (error.stack ?? error.message) : String(error);
        this.log.error(`the app failed in ${where}`, { stack });
      });
      if (server.options.proxyProtocol !== 'off') {
        const refusals = new ProxyRefusals(this.log);
        server.on('protocolError', (error) => {
          refusals.add(error);
        });
      }
      if (server.isTls) {
        const refusals = new RefusalLog(this.log);
        server.on('tlsError', ({ code, message }) => {
          refusals.add(code, message);
        });
      }
      server.on('overload', (error) => {
        this.log.warning(overloadText(error));
      });
      this.#counter.add(server.engineId);
      server.once('close', () => {
        this.#counter.retire(server.engineId);
      });
      await server.listen();
      server.receiveConnections((listeners[index] as InheritedListener).receiveFd);
    }
    this.#sendFds = listeners.map(({ sendFd }) => sendFd);
  }

  #sendFds: number[] = [];

  async drain({ graceMs, idleMs, handOn }: DrainOrder): Promise<void> {
    await Promise.all(
      this.#servers.map((server, index) => {
        const handOnFd = this.#sendFds[index];
        return server.close({
          graceMs,
          idleMs,
          ...(handOn && handOnFd !== undefined ? { handOnFd } : {}),
        });
      }),
    );
  }

  counts(): WorkerCounts {
    return this.#counter.read();
  }
}

function overloadText(error: Error): string {
  const { code } = error as NodeJS.ErrnoException;
  const isDescriptors = code === 'EMFILE' || code === 'ENFILE';
  return isDescriptors
    ? `new connections wait, because the process is out of descriptors; raise ulimit -n or lower --max-connections (${code})`
    : error.message;
}
