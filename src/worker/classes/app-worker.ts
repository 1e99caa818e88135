import { Server, type App } from '../../core/index.ts';
import type { InheritedListener, WorkerCounts } from '../arbiter/messages.ts';
import type { LoadedTarget } from '../process/load-target.ts';
import { observedApp } from '../process/request-observer.ts';
import { ProxyRefusals } from './proxy-refusals.ts';
import { RefusalLog } from './refusal-log.ts';
import { Worker, type DrainOrder } from './worker.ts';

/** A worker whose app is, or becomes, an RGI app: one `Server` for each listener. */
export abstract class AppWorker extends Worker {
  #app: App | null = null;
  #servers: Server[] = [];

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
    const sum = { running: 0, connections: 0, accepted: 0 };
    const answers = [0, 0, 0, 0, 0, 0];
    for (const server of this.#servers) {
      sum.connections += server.connectionCount;
      const counts = server.counts;
      if (counts === null) continue;
      sum.running += counts.running;
      sum.accepted += counts.accepted;
      for (const [kind, count] of counts.answers.entries())
        answers[kind] = (answers[kind] ?? 0) + count;
    }
    const requests = sum.running + answers.reduce((total, count) => total + count, 0);
    return { ...sum, requests, answers };
  }
}

function overloadText(error: Error): string {
  const { code } = error as NodeJS.ErrnoException;
  const isDescriptors = code === 'EMFILE' || code === 'ENFILE';
  return isDescriptors
    ? `new connections wait, because the process is out of descriptors; raise ulimit -n or lower --max-connections (${code})`
    : error.message;
}
