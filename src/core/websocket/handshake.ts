import { hash } from 'node:crypto';
import type { Request, Response, ResponseHeaders } from '../rgi/index.ts';
import { acceptOffer, type NegotiatedDeflate } from './deflate-negotiation.ts';
import { HandshakeOffer, hasToken } from './handshake-offer.ts';
import type { CompleteWebSocketOptions } from './websocket-options.ts';

/** Says whether a page of `origin` may connect to `host`; `origin` is null where the client is no browser. */
export type OriginChecker = (host: string, origin: string | null) => boolean | PromiseLike<boolean>;

/** What is answered to an offer. */
export interface HandshakeAnswer {
  readonly headers: ResponseHeaders;
  readonly protocol: string | null;
  readonly deflate: NegotiatedDeflate | null;
}

const VERSIONS = new Set(['8', '13']);
const GUID = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';
/** Sixteen bytes in base64. */
const KEY = /^[+/0-9A-Za-z]{21}[AQgw]==$/;
const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;

/** `sec-websocket-accept` for a key (RFC 6455 section 4.2.2). */
export function acceptValue(key: string): string {
  return hash('sha1', key + GUID, 'base64');
}

/** Whether a request asks to go on as a WebSocket, rightly or wrongly. */
export function asksForWebSocket(
  headers: Readonly<Record<string, { toString(): string } | undefined>>,
): boolean {
  const { connection = '', upgrade = '' } = headers;
  return hasToken(String(connection), 'upgrade') && hasToken(String(upgrade), 'websocket');
}

/** Reads a request; a response where it is not what RFC 6455 section 4.2.1 asks for. */
export function readOffer(request: Request): HandshakeOffer | Response {
  const { method } = request;
  const offer = HandshakeOffer.read(request);
  if (!offer.asksForWebSocket) {
    return refusal(400, 'Bad Request', 'a WebSocket is here: the request must upgrade to it', {
      connection: 'close',
    });
  }
  if (method !== 'GET') {
    return refusal(405, 'Method Not Allowed', 'a WebSocket begins with GET', { allow: 'GET' });
  }
  const { version, key, protocols } = offer;
  if (version === null || version === '') {
    return refusal(400, 'Bad Request', 'sec-websocket-version is missing');
  }
  if (!VERSIONS.has(version)) {
    return refusal(426, 'Upgrade Required', 'the version of WebSocket is neither 8 nor 13', {
      'sec-websocket-version': '8, 13',
    });
  }
  if (key === null || !KEY.test(key)) {
    return refusal(400, 'Bad Request', 'sec-websocket-key is not 16 bytes in base64');
  }
  if (!protocols.every((each) => TOKEN.test(each)) || hasTwins(protocols)) {
    return refusal(400, 'Bad Request', 'sec-websocket-protocol is not a list of different tokens');
  }
  return offer;
}

/** Chooses sub-protocol and compression; a response where the extensions are malformed. */
export function answerOffer(
  offer: HandshakeOffer,
  supportedProtocols: readonly string[],
  options: CompleteWebSocketOptions,
): HandshakeAnswer | Response {
  const { key, extensions, protocols } = offer;
  const protocol = protocols.find((each) => supportedProtocols.includes(each)) ?? null;
  const headers: ResponseHeaders = {
    upgrade: 'websocket',
    'sec-websocket-accept': acceptValue(key as string),
  };
  if (protocol !== null) headers['sec-websocket-protocol'] = protocol;
  if (options.deflate === null || extensions === null || extensions === '') {
    return { headers, protocol, deflate: null };
  }
  const accepted = acceptOffer(extensions, options.deflate);
  if (accepted === undefined) {
    return refusal(400, 'Bad Request', 'sec-websocket-extensions is malformed');
  }
  if (accepted === null) return { headers, protocol, deflate: null };
  headers['sec-websocket-extensions'] = accepted.header;
  return { headers, protocol, deflate: accepted.deflate };
}

/** The answer to a page whose origin is not welcome. */
export function forbidden(): Response {
  return refusal(403, 'Forbidden', 'pages of this origin may not connect');
}

export function isResponse(value: object): value is Response {
  return Array.isArray(value);
}

function refusal(
  status: number,
  reason: string,
  text: string,
  headers: ResponseHeaders = {},
): Response {
  return [status, reason, { 'content-type': 'text/plain', ...headers }, `${text}\n`];
}

function hasTwins(items: readonly string[]): boolean {
  return items.length > 1 && new Set(items).size < items.length;
}
