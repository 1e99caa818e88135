import { handshakeError } from '../tls/index.ts';
import { CLOSE_REASONS, type TlsFailure } from '../native/index.ts';
import { HttpListener, type EngineOptions } from './http-listener.ts';
import type { HttpSession } from './http-session.ts';
import type { SecureServer } from './secure-server.ts';
import { SecureSocket } from './secure-socket.ts';

const TLS_FAULT = CLOSE_REASONS.indexOf('tls-fault');

/** One listening socket of a `SecureServer`. */
export class SecureListener extends HttpListener {
  readonly #secureOwner: SecureServer;

  constructor(owner: SecureServer, options: EngineOptions) {
    super(owner, options);
    this.#secureOwner = owner;
  }

  override newSocket(session: HttpSession): SecureSocket {
    return new SecureSocket(session);
  }

  override onOpened(session: HttpSession): void {
    const { owner } = this;
    const { engine } = this.exchange;
    const socket = session.openSocket();
    const keyLog = owner.listenerCount('keylog') > 0 ? engine.tlsKeyLog(session.slot) : '';
    for (const line of keyLog.split(/(?<=\n)/)) {
      if (line !== '') owner.emit('keylog', Buffer.from(line, 'latin1'), socket);
    }
    owner.emit('connection', socket);
    if (!socket.destroyed) owner.emit('secureConnection', socket);
    if (session.closeReason === null) engine.admit(session.slot, true);
  }

  override onTlsFailed(slot: number, failure: TlsFailure): void {
    const session = this.newSession(slot);
    const error = handshakeError(failure, 'server', session.toString());
    this.#refuse(session, error);
  }

  onTlsContextWanted(session: HttpSession): void {
    const { engine } = this.exchange;
    const name = engine.tlsServerName(session.slot);
    this.#secureOwner.chooseContext(name, (error, context) => {
      // The slot may be another connection's by now.
      if (session.closeReason !== null) return;
      if (error === null) {
        engine.chooseTlsContext(session.slot, context);
        return;
      }
      engine.destroy(session.slot, false);
      this.#refuse(session, error);
    });
  }

  /** The connection is over before it began; the engine ends it. */
  #refuse(session: HttpSession, error: unknown): void {
    const socket = session.openSocket();
    // Who it was is asked for when the connection is gone.
    socket.rememberPeer();
    session.onClosed(TLS_FAULT);
    this.owner.emit('tlsClientError', error, socket);
  }
}
