import { GudegError, describeValue, invalidArgType } from '../errors.ts';
import type { App, Request, Response, Session } from '../rgi/index.ts';
import { loadEngine } from '../native/index.ts';
import {
  answerOffer,
  forbidden,
  isResponse,
  readOffer,
  type HandshakeAnswer,
  type OriginChecker,
} from './handshake.ts';
import type { HandshakeOffer } from './handshake-offer.ts';
import { UpgradeHead } from './upgrade-head.ts';
import { completeWebSocketOptions, type WebSocketOptions } from './websocket-options.ts';
import type { WebSocketTerms } from './websocket-facts.ts';
import type { WebSocketHandler } from './run-handler.ts';
import { WebSocketTunnel, type HandlerSettings } from './websocket-tunnel.ts';

/** Options of `WebSocketGateway`. */
export interface WebSocketGatewayOptions extends WebSocketOptions {
  /** Sub-protocols that the handler speaks; the first of the client's that is among them is chosen. Default none. */
  supportedProtocols?: readonly string[];
  /** Called with the `host` and the `origin` of each request; anything but true answers 403. Default: everybody may connect. */
  originChecker?: OriginChecker | null;
  /** Whether the handler is called as it is, instead of in a green thread. Default: whether it is an `async` function. */
  isAsync?: boolean;
}

/** `WebSocketGateway` as a function, with its variants. */
export interface WebSocketGatewayFunction {
  /**
   * Makes an RGI app that answers WebSocket handshakes and runs `handler` for each socket (guv's
   * `WebSocketWSGI`). Other requests get 400, other versions 426, foreign origins 403.
   *
   * @throws GUDEG_ERR_INVALID_ARG_TYPE, GUDEG_ERR_INVALID_OPTION
   * @example
   * const app = WebSocketGateway((ws) => {
   *   for (const message of ws) ws.send(message);
   * });
   * await new Server(['127.0.0.1', 8000], app).listen();
   */
  (handler: WebSocketHandler, options?: WebSocketGatewayOptions): App;
  /** A `WebSocketGateway` with these options: `configured({ supportedProtocols: ['chat'] })(handler)`. */
  configured(options: WebSocketGatewayOptions): (handler: WebSocketHandler) => App;
}

interface Settings extends HandlerSettings {
  readonly supportedProtocols: readonly string[];
  readonly originChecker: OriginChecker | null;
  /** Those that were agreed on before: few, however many sockets. */
  readonly terms: Map<string | number, WebSocketTerms>;
}

function makeGateway(handler: WebSocketHandler, options: WebSocketGatewayOptions = {}): App {
  if (typeof handler !== 'function') throw invalidArgType('handler', 'a function', handler);
  const settings = complete(handler, options);
  return (session, request) => {
    const offer = readOffer(request);
    if (isResponse(offer)) return offer;
    const { originChecker } = settings;
    if (originChecker === null) return accept(session, request, offer, settings);
    const head = new UpgradeHead(request, session, offer.lines);
    const verdict = originChecker(offer.host ?? '', offer.pageOrigin);
    if (typeof verdict === 'boolean') {
      return verdict ? accept(session, request, offer, settings, head) : forbidden();
    }
    return Promise.resolve(verdict).then((isWelcome: unknown) =>
      isWelcome === true ? accept(session, request, offer, settings, head) : forbidden(),
    );
  };
}

/** Makes an RGI app of a function that has one WebSocket until it returns; see `WebSocketGatewayFunction`. */
export const WebSocketGateway: WebSocketGatewayFunction = Object.assign(makeGateway, {
  configured:
    (options: WebSocketGatewayOptions) =>
    (handler: WebSocketHandler): App =>
      makeGateway(handler, options),
});

function accept(
  session: Session,
  request: Request,
  offer: HandshakeOffer,
  settings: Settings,
  head: UpgradeHead = new UpgradeHead(request, session, offer.lines),
): Response {
  const answer = answerOffer(offer, settings.supportedProtocols, settings.options);
  if (isResponse(answer)) return answer;
  const terms = termsOf(settings, Number(offer.version), answer);
  const tunnel = new WebSocketTunnel(settings, head, terms, answer.deflate);
  return [101, 'Switching Protocols', answer.headers, tunnel];
}

function termsOf(
  { options, terms }: Settings,
  version: number,
  { protocol, deflate }: HandshakeAnswer,
): WebSocketTerms {
  const bits = version * 2 + (deflate === null ? 0 : 1);
  const key = protocol === null ? bits : `${bits} ${protocol}`;
  let agreed = terms.get(key);
  if (agreed === undefined) {
    const threshold = options.deflate?.thresholdBytes ?? Infinity;
    const compressFromBytes = deflate === null ? Infinity : threshold;
    terms.set(key, (agreed = { protocol, version, compressFromBytes }));
  }
  return agreed;
}

function complete(handler: WebSocketHandler, given: WebSocketGatewayOptions): Settings {
  const { supportedProtocols = [], originChecker = null, isAsync, ...rest } = given;
  const isList = Array.isArray(supportedProtocols);
  if (!isList || !supportedProtocols.every((each) => typeof each === 'string')) {
    throw invalid('supportedProtocols', 'an array of strings', supportedProtocols);
  }
  if (originChecker !== null && typeof originChecker !== 'function') {
    throw invalid('originChecker', 'a function or null', originChecker);
  }
  if (isAsync !== undefined && typeof isAsync !== 'boolean') {
    throw invalid('isAsync', 'true or false', isAsync);
  }
  const options = completeWebSocketOptions(rest);
  return {
    handler,
    options: loadEngine().canDeflate ? options : { ...options, deflate: null },
    supportedProtocols,
    originChecker,
    terms: new Map(),
    isAsync: isAsync ?? Object.prototype.toString.call(handler) === '[object AsyncFunction]',
  };
}

function invalid(name: string, expected: string, value: unknown): GudegError {
  return new GudegError(
    'GUDEG_ERR_INVALID_OPTION',
    `the option ${name} must be ${expected}; got ${describeValue(value)}`,
  );
}
