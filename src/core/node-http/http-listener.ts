import { channel, subscribe, unsubscribe } from 'node:diagnostics_channel';
import { IncomingMessage, METHODS, ServerResponse } from 'node:http';
import { HttpProtocolError } from '../errors.ts';
import { RequestFlag, type EngineFault, type TlsFailure } from '../native/index.ts';
import {
  Exchange,
  ResponseSender,
  ServerContext,
  type EngineRequest,
  type SessionServer,
} from '../server/index.ts';
import type { EngineServer } from './engine-backend.ts';
import { HttpSession } from './http-session.ts';
import { HttpSocket } from './http-socket.ts';
import type { IncomingHead } from './incoming-head.ts';
import type { MessageBirth } from './message-birth.ts';
import { kHead } from './message-fields.ts';
import { emptyAnswer, errorAnswer, parseError, requestTimeoutError } from './node-errors.ts';
import { nodeSymbols, type NodeRequest, type NodeResponse } from './node-internals.ts';

/** In EngineRequest.bits flags stand above the framing. */
const UPGRADE = RequestFlag.UPGRADE << 4;
const KEEP_ALIVE = RequestFlag.KEEP_ALIVE << 4;
const EXPECTS_CONTINUE = RequestFlag.EXPECTS_CONTINUE << 4;
const EXPECTS_OTHER = RequestFlag.EXPECTS_OTHER << 4;
const HTTP10 = RequestFlag.HTTP10 << 4;

/** Node's parser knows no others, and its users count on that. */
const KNOWN_METHODS: ReadonlySet<string> = new Set(METHODS);

/** Faults that node answers without asking anybody. */
const QUIET_FAULTS: Readonly<Record<string, string>> = {
  MissingHost: '400 Bad Request',
};

const { uniqueHeaders } = nodeSymbols;
// Node's channels, with what node publishes there.
const requestStart = channel('http.server.request.start');
const responseCreated = channel('http.server.response.created');

/** From Node 22 on, the class of responses publishes that there is one. */
const nodePublishesCreated = ((): boolean => {
  let isPublished = false;
  const listen = (): void => {
    isPublished = true;
  };
  subscribe(responseCreated.name, listen);
  new ServerResponse(new IncomingMessage(null as never));
  unsubscribe(responseCreated.name, listen);
  return isPublished;
})();

/** What the engine takes besides what is the same for all. */
export type EngineOptions = Record<string, number | boolean | readonly string[]>;

/** One listening socket of a `Server`: turns what the engine tells into node's events. */
export class HttpListener implements SessionServer {
  readonly owner: EngineServer;
  readonly exchange: Exchange;
  readonly options = { maxRequests: 0 } as const;
  readonly context: ServerContext | null = ServerContext.capture();
  readonly id: number;
  readonly sender: ResponseSender;
  readonly #birth: MessageBirth;
  readonly #unknownMethod: EngineFault;

  constructor(owner: EngineServer, options: EngineOptions) {
    this.owner = owner;
    this.exchange = Exchange.get();
    this.#birth = owner.backend.birth;
    this.sender = new ResponseSender(this.exchange, { profile: 'rfc', maxRequests: 0 });
    this.#unknownMethod = this.exchange.faults.find(
      ({ name }) => name === 'UnsupportedMethod',
    ) as EngineFault;
    this.id = this.exchange.engine.createServer({
      isDegu: false,
      errorResponses: false,
      dateHeader: true,
      hasOnConnect: false,
      handsOverFaults: true,
      tellsPeerEnd: true,
      sendsContinue: false,
      endsBusyConnections: false,
      checksHost: false,
      refusesExpectation: false,
      ...options,
    });
    this.exchange.addServer(this.id, this);
  }

  newSession(slot: number): HttpSession {
    return new HttpSession(this, slot);
  }

  newSocket(session: HttpSession): HttpSocket {
    return new HttpSocket(session);
  }

  onOpened(session: HttpSession): void {
    this.owner.emit('connection', session.openSocket());
    if (session.closeReason === null) this.exchange.engine.admit(session.slot, true);
  }

  onRequest(session: HttpSession, request: EngineRequest): void {
    session.running = request;
    if (!KNOWN_METHODS.has(request.method)) {
      this.onRefused(session, this.#unknownMethod);
      return;
    }
    const socket = session.socket ?? session.openSocket();
    const { owner } = this;
    const { bits } = request;
    const incoming = this.#birth.request(socket, request, owner.maxHeadersCount ?? 0);
    if (owner.backend.joinsDuplicateHeaders) incoming.joinDuplicateHeaders = true;
    if ((bits & UPGRADE) !== 0 || request.method === 'CONNECT') {
      if (this.#upgrade(session, socket, incoming)) return;
    }
    const response = this.#birth.response(incoming);
    response._keepAliveTimeout = owner.keepAliveTimeout;
    response._maxRequestsPerSocket = owner.maxRequestsPerSocket ?? 0;
    response.shouldKeepAlive = (bits & KEEP_ALIVE) !== 0;
    response[uniqueHeaders] = (owner as unknown as Record<symbol, unknown>)[uniqueHeaders];
    // What assignSocket() does, without a listener for each response.
    (response as { socket: unknown }).socket = socket;
    socket._httpMessage = response;
    socket.onRequest();
    if (requestStart.hasSubscribers) {
      requestStart.publish({ request: incoming, response, socket, server: owner });
    }
    if (!nodePublishesCreated && responseCreated.hasSubscribers) {
      responseCreated.publish({ request: incoming, response });
    }
    this.#handle(session, socket, incoming, response, bits);
    // The head goes with the connection, and may be asked for after that.
    if (!response.writableEnded) (incoming[kHead] as IncomingHead).keep();
    // Node's parser comes to the end of a message without a body right behind its head.
    if (!request.hasBody) incoming.complete = true;
    this.#birth.learn(incoming, response);
  }

  #handle(
    session: HttpSession,
    socket: HttpSocket,
    request: NodeRequest,
    response: NodeResponse,
    bits: number,
  ): void {
    const { owner } = this;
    const limit = owner.maxRequestsPerSocket ?? 0;
    if (limit > 0 && (bits & HTTP10) === 0) {
      response.maxRequestsOnConnectionReached = limit <= session.requests + 1;
      if (limit < session.requests + 1) {
        owner.emit('dropRequest', request, socket);
        response.writeHead(503);
        response.end();
        return;
      }
    }
    if ((bits & EXPECTS_CONTINUE) !== 0 && (bits & HTTP10) === 0) {
      response._expect_continue = true;
      if (owner.listenerCount('checkContinue') > 0) {
        owner.emit('checkContinue', request, response);
        return;
      }
      response.writeContinue();
    } else if ((bits & EXPECTS_OTHER) !== 0) {
      if (owner.emit('checkExpectation', request, response)) return;
      response.writeHead(417);
      response.end();
      return;
    }
    owner.emit('request', request, response);
  }

  /** False when nobody takes the upgrade, which is a request like any other then. */
  #upgrade(session: HttpSession, socket: HttpSocket, request: NodeRequest): boolean {
    const event = request.method === 'CONNECT' ? 'connect' : 'upgrade';
    const hasListener = this.owner.listenerCount(event) > 0;
    if (!hasListener && event === 'upgrade') return false;
    request.upgrade = request.complete = true;
    (request[kHead] as IncomingHead).keep();
    session.running = null;
    if (!hasListener || !this.exchange.engine.takeOver(session.slot, 0)) {
      socket.destroy();
      return true;
    }
    this.owner.emit(event, request, socket, socket.becomeRaw(false));
    return true;
  }

  /** The engine leaves the answer to us, on a connection that is raw from here on. */
  onRefused(session: HttpSession | undefined, fault: EngineFault): void {
    // Closed already: it began without the PROXY header that it should.
    if (session === undefined) {
      this.owner.emit('proxyError', HttpProtocolError.fromFault(fault.name));
      return;
    }
    const { engine } = this.exchange;
    const socket = session.openSocket();
    const response = socket._httpMessage;
    // Where a request was running, its body is at fault.
    if (session.running !== null) {
      session.running = null;
      session.isRefused = true;
      if (!engine.takeOver(session.slot, 0) && response?._headerSent === true) {
        socket.destroy();
        return;
      }
    }
    const rawPacket = socket.becomeRaw(true);
    const quiet = QUIET_FAULTS[fault.name];
    const error = fault.status === 0 ? requestTimeoutError() : parseError(fault, rawPacket);
    if (quiet === undefined && this.owner.emit('clientError', error, socket)) return;
    if (response?._headerSent !== true)
      socket.write(quiet === undefined ? errorAnswer(error.code) : emptyAnswer(quiet), 'latin1');
    socket.destroySoon();
  }

  get connectionCount(): number {
    return this.exchange.engine.connectionCount(this.id);
  }

  setOptions(options: EngineOptions): void {
    this.exchange.engine.setServerOptions(this.id, options);
  }

  closeIdleConnections(): void {
    const { engine } = this.exchange;
    // A connection whose answer waits for the end of the turn is idle: in node:http it has left.
    engine.takeAnswers();
    engine.closeIdleConnections(this.id);
  }

  closeAllConnections(): void {
    this.exchange.engine.closeAllConnections(this.id, false);
  }

  /** Also serves connections that come through a hand-on channel; 0 or a negative errno. */
  receiveFrom(fd: number): number {
    return this.exchange.engine.receiveFrom(this.id, fd);
  }

  /** Stops accepting, and gives idle connections to another process; again: tries again. */
  handOn(fd: number): void {
    this.exchange.engine.handOn(this.id, fd);
  }

  /** Stops accepting; idle connections may bring one more request, until `closeIdleConnections()`. */
  stopAccepting(): void {
    this.exchange.engine.closeServer(this.id, true);
  }

  /** Stops accepting; `onListenerClosed` of the owner follows when all connections are closed. */
  close(): void {
    const { engine } = this.exchange;
    engine.takeAnswers();
    engine.closeServer(this.id, false);
  }

  onAcceptBackoff(): void {
    // Connections wait in the kernel for 100 ms; node:net has no event for it.
  }

  onTooManyConnections(): void {
    this.owner.emit('drop', {});
  }

  onTlsFailed(_slot: number, _failure: TlsFailure): void {
    // Only servers of https have it.
  }

  onSessionClosed(session: HttpSession): void {
    session.running = null;
  }

  onAppError(error: unknown): void {
    this.owner.emit('error', error);
  }

  onClosed(): void {
    this.owner.backend.onListenerClosed(this);
  }
}
