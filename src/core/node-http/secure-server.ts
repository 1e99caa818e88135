import { randomUUID } from 'node:crypto';
import type { RequestListener } from 'node:http';
import * as https from 'node:https';
import * as tls from 'node:tls';
import { adoptContext } from '../tls/index.ts';
import type { TlsContextHandle } from '../native/index.ts';
import { EngineBackend, refuseInsecureParser } from './engine-backend.ts';
import { SecureListener } from './secure-listener.ts';
import {
  refuseSilentEvent,
  refuseUnknownTls,
  secureRules,
  trustOf,
  type SecureServerOptions,
  type TlsServerState,
} from './secure-options.ts';

type Open = Parameters<EngineBackend['open']>;
type Chosen = (error: unknown, context: TlsContextHandle | null) => void;

/** As node:tls. */
const DEFAULT_HANDSHAKE_TIMEOUT_MS = 120_000;
/** What the engine needs to know before a connection's first request. */
const connectionEvents = ['connection', 'secureConnection', 'keylog'] as const;

/** What node's server keeps besides its options. */
interface Kept {
  readonly _sharedCreds: tls.SecureContext;
  readonly _contexts: readonly (readonly [RegExp, unknown])[];
}

/**
 * `https.Server` on the native engine: its options, properties, methods and events are node's, and
 * node's own code reads and checks them.
 *
 * @throws what node:https throws; GUDEG_ERR_INVALID_OPTION for `ALPNCallback`, `pskCallback`,
 *   `pskIdentityHint`, `dhparam` other than `'auto'`, `clientCertEngine`, `certificateCompression`,
 *   `enableTrace` and `insecureHTTPParser`, which the engine doesn't have;
 *   GUDEG_ERR_TLS_UNAVAILABLE
 */
export class SecureServer extends https.Server {
  /** Whether a client that stops sending still gets its response. Default false, as in node:https. */
  httpAllowHalfOpen = false;
  /** @internal */
  readonly backend: EngineBackend;
  readonly #handshakeTimeoutMs: number;
  readonly #sniCallback: SecureServerOptions['SNICallback'];
  #context: TlsContextHandle | null = null;
  /** For names that clients ask for, by what node has for them. */
  #named = new WeakMap<object, TlsContextHandle>();
  #keepsKeyLog = false;

  constructor(options?: SecureServerOptions | RequestListener | null, listener?: RequestListener) {
    const given = typeof options === 'object' && options !== null ? options : {};
    refuseInsecureParser(given);
    refuseUnknownTls(given);
    super(options as SecureServerOptions, listener);
    this.#handshakeTimeoutMs = given.handshakeTimeout ?? 0;
    this.#sniCallback = given.SNICallback;
    this.backend = new EngineBackend(this, given, {
      newListener: (engineOptions) => this.#newListener(engineOptions),
      // Two of them have a listener of ours.
      watchesConnections: () =>
        this.listenerCount('connection') > 1 ||
        this.listenerCount('secureConnection') > 1 ||
        this.listenerCount('keylog') > 0,
    });
    this.backend.leaveForeign('connection');
    this.backend.leaveForeign('secureConnection');
    this.on('newListener', (event: string | symbol) => {
      refuseSilentEvent(event);
      if (!(connectionEvents as readonly unknown[]).includes(event)) return;
      // It is among the listeners only after this.
      process.nextTick(() => this.#onWatched());
    });
    this.#renew();
  }

  // --- TLS ---

  /**
   * Takes other certificates, keys, CAs and rules for connections from now on; those that are open keep
   * theirs. Sessions of clients can still be resumed, unless the CAs changed.
   * @throws as the constructor; then nothing changes
   */
  override setSecureContext(options: tls.SecureContextOptions): void {
    // Node's own constructor calls it too.
    if (!(#context in this)) {
      super.setSecureContext(options);
      return;
    }
    refuseUnknownTls(options);
    // Wrong ones raise an error before anything is set.
    tls.createSecureContext(options);
    const keys = this.getTicketKeys();
    super.setSecureContext(options);
    if (options.ticketKeys === undefined) super.setTicketKeys(keys);
    this.#renew();
  }

  /**
   * Makes tickets of sessions with other keys from now on.
   * @param keys 48 bytes; servers with the same resume each other's sessions
   */
  override setTicketKeys(keys: Buffer): void {
    super.setTicketKeys(keys);
    this.#renew();
  }

  /** Other certificates for clients that ask for a name; `*` in it stands for one label or a part of one. */
  override addContext(
    hostname: string,
    context: tls.SecureContextOptions | tls.SecureContext,
  ): void {
    super.addContext(hostname, context);
    this.#renew();
  }

  /** The context for a name that a client asks for, null for that of the server. @internal */
  chooseContext(name: string, chosen: Chosen): void {
    const choose = (error: unknown, context: unknown): void => {
      if (error !== null && error !== undefined) {
        chosen(error, null);
        return;
      }
      let handle: TlsContextHandle | null;
      try {
        handle = this.#contextOf(context);
      } catch (invalid) {
        chosen(invalid, null);
        return;
      }
      chosen(null, handle);
    };
    if (this.#sniCallback === undefined) {
      const found = this.#state._contexts.findLast(([pattern]) => pattern.test(name));
      choose(null, found?.[1]);
    } else this.#sniCallback(name, choose);
  }

  get #state(): Kept & TlsServerState {
    return this as unknown as Kept & TlsServerState;
  }

  #renew(): void {
    this.#named = new WeakMap();
    this.#context = adoptContext(this.#state._sharedCreds, {
      ...secureRules(this.#state, this.getTicketKeys(), trustOf(this.#state)),
      asksForContext: this.#sniCallback !== undefined || this.#state._contexts.length > 0,
      keepsKeyLog: this.#keepsKeyLog,
    });
    for (const { exchange, id } of this.backend.listeners) {
      exchange.engine.setServerTls(id, this.#context);
    }
  }

  #contextOf(context: unknown): TlsContextHandle | null {
    if (context === undefined || context === null) return null;
    let handle = this.#named.get(context);
    if (handle === undefined) {
      handle = adoptContext(context, {
        // Whoever is trusted here may not be so under another name.
        ...secureRules(this.#state, this.getTicketKeys(), randomUUID()),
        asksForContext: false,
        keepsKeyLog: this.#keepsKeyLog,
      });
      this.#named.set(context, handle);
    }
    return handle;
  }

  #onWatched(): void {
    const keepsKeyLog = this.listenerCount('keylog') > 0;
    if (keepsKeyLog !== this.#keepsKeyLog) {
      this.#keepsKeyLog = keepsKeyLog;
      this.#renew();
    }
    this.backend.tellOptions();
  }

  #newListener(engineOptions: ConstructorParameters<typeof SecureListener>[1]): SecureListener {
    const ms = this.#handshakeTimeoutMs || DEFAULT_HANDSHAKE_TIMEOUT_MS;
    const listener = new SecureListener(this, { ...engineOptions, handshakeTimeoutMs: ms });
    if (this.#context !== null) listener.exchange.engine.setServerTls(listener.id, this.#context);
    return listener;
  }

  // --- listening: as Server ---

  /** As node:net's. In a worker of node:cluster each process listens itself, on a port that they share. */
  override listen(...args: unknown[]): this {
    return super.listen(...(this.backend.listenArguments(args) as []));
  }

  /** Node's name for the last step of `listen()`. */
  _listen2(...given: Open): void {
    this.backend.open(...given);
  }

  override getConnections(callback: (error: Error | null, count: number) => void): this {
    process.nextTick(callback, null, this.backend.connectionCount);
    return this;
  }

  override closeIdleConnections(): void {
    super.closeIdleConnections();
    this.backend.closeIdleConnections();
  }

  override closeAllConnections(): void {
    super.closeAllConnections();
    this.backend.closeAllConnections();
  }
}
