import type { RequestListener, Server as PlainServer } from 'node:http';
import { describeValue } from '../../core/errors.ts';
import { GudegError } from '../../core/index.ts';
import { SecureServer, Server, type HttpServerOptions } from '../../core/node-http/index.ts';
import type { InheritedListener, WorkerCounts } from '../arbiter/messages.ts';
import type { LoadedTarget } from '../process/load-target.ts';
import { observeNodeServers } from '../process/observed-node-servers.ts';
import { EngineCounter } from './engine-counter.ts';
import { nodeTlsOptions } from './node-tls-options.ts';
import { ProxyRefusals } from './proxy-refusals.ts';
import { RefusalLog } from './refusal-log.ts';
import { Worker, type DrainOrder } from './worker.ts';

/** How often a channel that was full is tried again. */
const HAND_ON_RETRY_MS = 10;

type NodeServer = Server | SecureServer;

/** What is used of a Fastify instance. */
interface FastifyInstance {
  ready(): PromiseLike<unknown>;
  close(): PromiseLike<unknown>;
  readonly routing: RequestListener;
  readonly server: PlainServer;
}

/**
 * `-k node`: serves what was made for `node:http`, on the engine, with TLS where there is a certificate: an Express app, a Fastify instance that
 * does not listen, or a function `(request, response)`.
 */
export class NodeWorker extends Worker {
  #listener: RequestListener | null = null;
  #fastify: FastifyInstance | null = null;
  #servers: NodeServer[] = [];
  #sendFds: readonly number[] = [];
  readonly #counter = new EngineCounter(this.isMetered);

  async load({ value, description }: LoadedTarget): Promise<void> {
    if (isFastify(value)) {
      await value.ready();
      this.#fastify = value;
      this.#listener = value.routing;
    } else if (typeof value === 'function') {
      this.#listener = value as RequestListener;
    } else {
      throw new GudegError(
        'GUDEG_ERR_APP_LOAD',
        `${description} must be an Express app, a Fastify instance or a function (request, response); got ${describeValue(value)}`,
      );
    }
  }

  async serve(listeners: readonly InheritedListener[]): Promise<void> {
    const listener = this.#listener;
    if (listener === null) throw new TypeError('load() comes before serve()');
    for (const { fd, receiveFd } of listeners) {
      const server = this.#newServer(listener);
      this.#configure(server);
      await new Promise<void>((resolve, reject) => {
        server.once('error', reject);
        server.listen({ fd }, () => {
          server.off('error', reject);
          resolve();
        });
      });
      server.backend.receiveConnections(receiveFd);
      for (const id of server.backend.engineIds) this.#counter.add(id);
      this.#servers.push(server);
    }
    if (this.observer !== null) observeNodeServers(new Set(this.#servers), this.observer);
    this.#sendFds = listeners.map(({ sendFd }) => sendFd);
  }

  #newServer(listener: RequestListener): NodeServer {
    const { proxyProtocol, proxyAllowIps, tls } = this.settings.serverOptions;
    const options: HttpServerOptions = {
      ...(proxyProtocol === undefined ? {} : { proxyProtocol }),
      ...(proxyAllowIps === undefined ? {} : { proxyAllowIps }),
    };
    if (tls === undefined) return new Server(options, listener);
    const server = new SecureServer({ ...options, ...nodeTlsOptions(tls) }, listener);
    const refusals = new RefusalLog(this.log);
    server.on('tlsClientError', ({ code, message }: NodeJS.ErrnoException) => {
      refusals.add(code ?? '', message);
    });
    return server;
  }

  #configure(server: NodeServer): void {
    const refusals = new ProxyRefusals(this.log);
    server.on('proxyError', (error: Error) => {
      refusals.add(error);
    });
    const { keepAliveTimeoutMs, maxConnections } = this.settings.serverOptions;
    if (keepAliveTimeoutMs !== undefined) server.keepAliveTimeout = keepAliveTimeoutMs;
    if (maxConnections !== undefined) server.maxConnections = maxConnections;
    const own = this.#fastify?.server;
    if (own === undefined || own.listenerCount('upgrade') === 0) return;
    server.on('upgrade', (...given) => own.emit('upgrade', ...given));
  }

  async drain({ graceMs, idleMs, handOn }: DrainOrder): Promise<void> {
    const closed = this.#servers.map((server, index) => {
      const sendFd = this.#sendFds[index];
      return this.#drainOne(server, handOn && sendFd !== undefined ? sendFd : null, idleMs);
    });
    const timer = setTimeout(() => {
      for (const server of this.#servers) server.closeAllConnections();
    }, graceMs);
    await Promise.all(closed);
    clearTimeout(timer);
    await this.#fastify?.close();
  }

  async #drainOne(server: NodeServer, sendFd: number | null, idleMs: number): Promise<void> {
    const timers: NodeJS.Timeout[] = [];
    const { backend } = server;
    const { engineIds } = backend;
    if (sendFd === null) {
      backend.stopAccepting();
      timers.push(
        setTimeout(() => {
          server.closeIdleConnections();
        }, idleMs),
      );
    } else {
      backend.handOn(sendFd);
      timers.push(
        setInterval(() => {
          backend.handOn(sendFd);
        }, HAND_ON_RETRY_MS),
      );
    }
    await backend.whenDrained();
    for (const id of engineIds) this.#counter.retire(id);
    for (const timer of timers) clearInterval(timer);
  }

  counts(): WorkerCounts {
    return this.#counter.read();
  }
}

function isFastify(value: unknown): value is FastifyInstance {
  const instance = value as Partial<FastifyInstance> | null;
  return typeof instance?.routing === 'function' && typeof instance.ready === 'function';
}
