import { describeValue } from '../../core/errors.ts';
import { GudegError, type App } from '../../core/index.ts';
import {
  WebSocketGateway,
  type WebSocketGatewayOptions,
  type WebSocketHandler,
} from '../../core/websocket/index.ts';
import type { LoadedTarget } from '../process/load-target.ts';
import { AppWorker } from './app-worker.ts';
import type { DrainOrder } from './worker.ts';

/** A handler with options of its gateway. */
interface ConfiguredHandler extends WebSocketGatewayOptions {
  readonly handler: WebSocketHandler;
}

/**
 * `-k websocket`: serves a handler of WebSockets, `(ws) => …`, or `{ handler, ...options }` with options of
 * `WebSocketGateway`. When the worker ends, every socket is closed with 1001 at once, and handlers have the
 * grace to return.
 */
export class WebSocketWorker extends AppWorker {
  #running = 0;
  #onIdle: (() => void) | null = null;

  protected override toApp({ value, description }: LoadedTarget): App {
    const given = typeof value === 'function' ? { handler: value as WebSocketHandler } : value;
    if (!isConfigured(given)) {
      throw new GudegError(
        'GUDEG_ERR_APP_LOAD',
        `${description} must be a function (ws) => … or an object { handler, ...options }; got ${describeValue(value)}`,
      );
    }
    const { handler, ...options } = given;
    const isAsync =
      options.isAsync ?? Object.prototype.toString.call(handler) === '[object AsyncFunction]';
    return WebSocketGateway(isAsync ? this.#awaited(handler) : this.#counted(handler), {
      ...options,
      isAsync,
    });
  }

  /** Nobody can take over a WebSocket, so there is nothing to wait for. */
  override async drain({ graceMs, handOn }: DrainOrder): Promise<void> {
    const startedAt = performance.now();
    await super.drain({ graceMs, idleMs: 0, handOn });
    if (this.#running === 0) return;
    await new Promise<void>((resolve) => {
      this.#onIdle = resolve;
      setTimeout(resolve, Math.max(0, graceMs - (performance.now() - startedAt)));
    });
  }

  #awaited(handler: WebSocketHandler): WebSocketHandler {
    return async (ws) => {
      this.#running++;
      try {
        await handler(ws);
      } finally {
        this.#ended();
      }
    };
  }

  #counted(handler: WebSocketHandler): WebSocketHandler {
    return (ws) => {
      this.#running++;
      try {
        return handler(ws);
      } finally {
        this.#ended();
      }
    };
  }

  #ended(): void {
    this.#running--;
    if (this.#running === 0) this.#onIdle?.();
  }
}

function isConfigured(value: unknown): value is ConfiguredHandler {
  return (
    typeof value === 'object' &&
    value !== null &&
    typeof (value as Partial<ConfiguredHandler>).handler === 'function'
  );
}
