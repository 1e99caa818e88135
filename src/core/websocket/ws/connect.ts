import { randomBytes } from 'node:crypto';
import { request as httpRequest, type ClientRequest, type IncomingMessage } from 'node:http';
import { request as httpsRequest, type RequestOptions } from 'node:https';
import type { Socket } from 'node:net';
import { offerOf, readAnswer } from '../deflate-negotiation.ts';
import { parseExtensions } from '../extension-list.ts';
import { acceptValue } from '../handshake.ts';
import type { CompleteDeflateOptions } from '../websocket-options.ts';
import { completePerMessageDeflate } from './deflate-options.ts';
import { frameSettings } from './open-link.ts';
import type { ClientOptions } from './options.ts';
import { isSecure, nextTarget, requestOptions, targetOf } from './request-target.ts';
import type { WebSocket } from './websocket.ts';

/** What the WebSocket has to know while it connects. */
export interface Connecting {
  onRequest(request: ClientRequest, url: string): void;
  /** A redirect came; so many by now. */
  onRedirect(count: number): void;
  onFailed(error: Error): void;
}

/** More than a server's: what a server sends is up to it. */
const FALLBACK = { maxFragments: 131_072 } as const;
const MAX_REDIRECTS = 10;
const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;

/**
 * Connects a client and does the handshake (RFC 6455 section 4.1).
 * @throws SyntaxError, RangeError, TypeError for what can't be asked for
 */
export function connect(
  socket: WebSocket,
  address: string | URL,
  protocols: readonly unknown[],
  options: ClientOptions,
  connecting: Connecting,
): void {
  const { protocolVersion = 13 } = options;
  if (protocolVersion !== 13 && protocolVersion !== 8) {
    throw new RangeError(
      `Unsupported protocol version: ${protocolVersion} (supported versions: 8, 13)`,
    );
  }
  for (const [index, each] of protocols.entries()) {
    if (typeof each === 'string' && TOKEN.test(each) && protocols.indexOf(each) === index) continue;
    throw new SyntaxError('An invalid or duplicated subprotocol was specified');
  }
  const deflate = completePerMessageDeflate(options.perMessageDeflate ?? true, false);
  new ClientHandshake(socket, protocols as readonly string[], options, deflate, connecting).start(
    targetOf(address),
    options,
  );
}

class ClientHandshake {
  readonly #socket: WebSocket;
  readonly #protocols: readonly string[];
  readonly #options: ClientOptions;
  readonly #deflate: CompleteDeflateOptions | null;
  readonly #connecting: Connecting;
  #redirects = 0;

  constructor(
    socket: WebSocket,
    protocols: readonly string[],
    options: ClientOptions,
    deflate: CompleteDeflateOptions | null,
    connecting: Connecting,
  ) {
    this.#socket = socket;
    this.#protocols = protocols;
    this.#options = options;
    this.#deflate = deflate;
    this.#connecting = connecting;
  }

  start(url: URL, options: ClientOptions): void {
    const key = randomBytes(16).toString('base64');
    const { handshakeTimeout, finishRequest } = options;
    const extra: Record<string, string> = {};
    if (this.#deflate !== null) extra['Sec-WebSocket-Extensions'] = offerOf(this.#deflate);
    if (this.#protocols.length > 0) extra['Sec-WebSocket-Protocol'] = this.#protocols.join(',');
    const wanted: RequestOptions = requestOptions(url, key, extra, options);
    const request = (isSecure(url) ? httpsRequest : httpRequest)(wanted);
    this.#connecting.onRequest(request, url.href);
    let isOver = false;
    const fail = (text: string, cut: () => void): void => {
      isOver = true;
      cut();
      this.#connecting.onFailed(new Error(text));
    };
    if (handshakeTimeout !== undefined && handshakeTimeout > 0) {
      request.setTimeout(handshakeTimeout, () => {
        if (isOver) return;
        fail('Opening handshake has timed out', () => request.destroy());
      });
    }
    request.on('error', (error) => {
      if (isOver || this.#socket.readyState !== 0) return;
      isOver = true;
      this.#connecting.onFailed(error);
    });
    request.on('response', (response) => {
      if (this.#redirect(url, options, request, response, fail)) {
        isOver = true;
        return;
      }
      if (this.#socket.emit('unexpected-response', request, response)) return;
      fail(`Unexpected server response: ${response.statusCode}`, () => request.destroy());
    });
    request.on('upgrade', (response, stream, head) => {
      this.#socket.emit('upgrade', response);
      // A listener may have closed it.
      if (this.#socket.readyState !== 0) return;
      isOver = true;
      this.#open(response, stream, head, key);
    });
    // A listener may close the socket, or change the request.
    if (this.#redirects > 0) this.#socket.emit('redirect', url.href, request);
    if (this.#socket.readyState !== 0) return;
    if (finishRequest !== undefined) finishRequest(request, this.#socket);
    else request.end();
  }

  #open(response: IncomingMessage, stream: Socket, head: Buffer, key: string): void {
    const failed = (text: string): void => {
      stream.destroy();
      this.#connecting.onFailed(new Error(text));
    };
    const { headers } = response;
    if (headers.upgrade?.toLowerCase() !== 'websocket') {
      failed('Invalid Upgrade header');
      return;
    }
    if (headers['sec-websocket-accept'] !== acceptValue(key)) {
      failed('Invalid Sec-WebSocket-Accept header');
      return;
    }
    const protocol = headers['sec-websocket-protocol'];
    const wrong = wrongProtocol(protocol, this.#protocols);
    if (wrong !== null) {
      failed(wrong);
      return;
    }
    const extensions = headers['sec-websocket-extensions'];
    if (extensions !== undefined && this.#deflate === null) {
      failed('Server sent a Sec-WebSocket-Extensions header but no extension was requested');
      return;
    }
    const deflate = extensions === undefined ? null : readAnswer(extensions, this.#deflate);
    if (deflate === undefined || (extensions !== undefined && deflate === null)) {
      const isOther = parseExtensions(extensions ?? '')?.some(
        ({ name }) => name !== 'permessage-deflate',
      );
      failed(
        isOther === true
          ? 'Server indicated an extension that was not requested'
          : 'Invalid Sec-WebSocket-Extensions header',
      );
      return;
    }
    const effort = this.#deflate ?? { level: 6, memoryLevel: 8 };
    this.#socket.open({
      socket: stream,
      head,
      settings: frameSettings(this.#options, FALLBACK, effort),
      deflate,
      thresholdBytes: this.#deflate?.thresholdBytes ?? Infinity,
      protocol: protocol ?? '',
      isClient: true,
    });
  }

  /** True when another request is under way, or failed. */
  #redirect(
    url: URL,
    options: ClientOptions,
    request: ClientRequest,
    response: IncomingMessage,
    fail: (text: string, cut: () => void) => void,
  ): boolean {
    const { location } = response.headers;
    const status = response.statusCode ?? 0;
    const isWanted = options.followRedirects === true && status >= 300 && status < 400;
    if (!isWanted || location === undefined) return false;
    this.#redirects += 1;
    this.#connecting.onRedirect(this.#redirects);
    if (this.#redirects > (options.maxRedirects ?? MAX_REDIRECTS)) {
      fail('Maximum redirects exceeded', () => request.destroy());
      return true;
    }
    request.destroy();
    let next: { readonly url: URL; readonly options: ClientOptions };
    try {
      next = nextTarget(location, url, options, this.#socket.listenerCount('redirect') > 0);
    } catch (error) {
      this.#connecting.onFailed(error as Error);
      return true;
    }
    this.start(next.url, next.options);
    return true;
  }
}

/** What is wrong with the sub-protocol that a server chose; null: nothing. */
function wrongProtocol(chosen: string | undefined, offered: readonly string[]): string | null {
  if (chosen === undefined) return offered.length === 0 ? null : 'Server sent no subprotocol';
  if (offered.length === 0) return 'Server sent a subprotocol but none was requested';
  return offered.includes(chosen) ? null : 'Server sent an invalid subprotocol';
}
