import { GudegError, HttpProtocolError } from '../errors.ts';
import type { EngineFault, TlsFailure } from '../native/index.ts';
import type { App, SocketAddress } from '../rgi/index.ts';
import { handshakeError, type ServerTls } from '../tls/index.ts';
import type { EngineRequest } from './engine-request.ts';
import { EngineSession, describeAddress, type SessionServer } from './engine-session.ts';
import { Exchange } from './exchange.ts';
import { engineProxyOptions } from './proxy-options.ts';
import { Responder } from './responder.ts';
import type { Server } from './server.ts';
import type { CompleteServerOptions } from './server-options.ts';
import { listenArguments, resolveListenAddress, type ListenAddress } from './socket-address.ts';
import { systemError } from './system-error.ts';

/** The listening socket of a `Server`: gives requests to its app, and tells it what the engine tells. */
export class AppListener implements SessionServer {
  readonly exchange: Exchange;
  readonly options: CompleteServerOptions;
  /** An app's requests have nothing from whoever started the server. */
  readonly context = null;
  /** The engine's number of the server. */
  readonly id: number;
  readonly #owner: Server;
  readonly #app: App;
  readonly #address: ListenAddress;
  readonly #responder: Responder;

  constructor(owner: Server, address: ListenAddress, tls: ServerTls | null) {
    const { app, options } = owner;
    this.exchange = Exchange.get();
    this.options = options;
    this.#owner = owner;
    this.#app = app;
    this.#address = address;
    this.#responder = new Responder(this.exchange, app, options, (error, session, request) => {
      this.onAppError(error, session, request);
    });
    const { profile, proxyProtocol, proxyAllowIps, ...limits } = options;
    this.id = this.exchange.engine.createServer({
      ...limits,
      ...engineProxyOptions({ proxyProtocol, proxyAllowIps }),
      isDegu: profile === 'degu',
      hasOnConnect: app.onConnect != null,
      handshakeTimeoutMs: tls?.handshakeTimeoutMs ?? 0,
    });
    if (tls !== null) this.exchange.engine.setServerTls(this.id, tls.handle);
    this.exchange.addServer(this.id, this);
  }

  /**
   * Binds and listens, unless `isWanted()` says that the server was closed while its name was resolved.
   * @throws a system error; GUDEG_ERR_SERVER_STATE
   */
  async bind(isWanted: () => boolean): Promise<void> {
    const address = await resolveListenAddress(this.#address);
    if (!isWanted()) {
      throw new GudegError(
        'GUDEG_ERR_SERVER_STATE',
        'the server was closed before it listened; make a new Server',
      );
    }
    const where = listenArguments(address, this.options);
    const status = this.exchange.engine.listen(this.id, ...where);
    if (status < 0) throw systemError(status, 'listen', this.#address);
  }

  get listensAt(): SocketAddress | null {
    return this.#owner.address;
  }

  newSession(slot: number): EngineSession {
    return new EngineSession(this, slot);
  }

  onRequest(session: EngineSession, request: EngineRequest): void {
    this.#responder.respond(session, request);
  }

  onOpened(session: EngineSession): void {
    this.#admit(session).then(
      (admitted) => {
        this.#decide(session, admitted);
      },
      (error: unknown) => {
        this.#decide(session, false);
        this.onAppError(error, session, null);
      },
    );
  }

  async #admit(session: EngineSession): Promise<boolean> {
    const verdict: unknown = await this.#app.onConnect?.(session);
    return verdict === true;
  }

  #decide(session: EngineSession, admitted: boolean): void {
    if (session.closeReason === null) this.exchange.engine.admit(session.slot, admitted);
  }

  onRefused(session: EngineSession | undefined, fault: EngineFault): void {
    if (this.#owner.listenerCount('protocolError') === 0) return;
    this.#owner.emit('protocolError', HttpProtocolError.fromFault(fault.name), session ?? null);
  }

  onAcceptBackoff(errno: number): void {
    this.#owner.emit('overload', systemError(-errno, 'accept', this.#address));
  }

  onTooManyConnections(): void {
    const error = new GudegError(
      'GUDEG_ERR_TOO_MANY_CONNECTIONS',
      `a connection was refused because ${this.options.maxConnections} are open; raise maxConnections if the machine can take more`,
    );
    this.#owner.emit('overload', error);
  }

  onTlsFailed(slot: number, failure: TlsFailure): void {
    if (this.#owner.listenerCount('tlsError') === 0) return;
    const address = this.exchange.engine.peerAddress(slot);
    const peer = address === null ? 'that is gone' : describeAddress(address);
    this.#owner.emit('tlsError', handshakeError(failure, 'server', peer), address);
  }

  onSessionClosed(session: EngineSession): void {
    session.running = null;
  }

  onAppError(error: unknown, session: EngineSession | null, request: EngineRequest | null): void {
    const owner = this.#owner;
    if (owner.listenerCount('error') > 0) owner.emit('error', error, { session, request });
    else console.error(`${owner.toString()}: the app failed:`, error);
  }

  onClosed(): void {
    this.#owner.onListenerClosed();
  }
}
