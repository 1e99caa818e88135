import { isIP } from 'node:net';
import { invalidOption } from '../errors.ts';
import { AddressRanges } from '../http/index.ts';
import type { Session, SocketAddress } from './app.ts';
import type { Request } from './request.ts';

/** Options of `TrustedProxies`. */
export interface TrustedProxiesOptions {
  /** The proxies: addresses, networks (`10.0.0.0/8`), or `*` for everybody. Default `['127.0.0.1', '::1']`. */
  forwardedAllowIps?: readonly string[];
  /**
   * Which fields the proxies set: `'x-forwarded-for'` with `X-Forwarded-Proto`, or `'forwarded'` (RFC 7239).
   * The other one is passed over, since clients can send it. Default `'x-forwarded-for'`.
   */
  clientField?: 'x-forwarded-for' | 'forwarded';
}

/** Whose a request is. */
export interface ForwardedClient {
  /** The client's IP address; `''` for a unix peer that names nobody. */
  readonly address: string;
  /** How the client spoke to the first proxy that is trusted. */
  readonly scheme: 'http' | 'https';
}

/** What one proxy said of the one before it. */
interface Hop {
  readonly node: string;
  readonly scheme: 'http' | 'https';
}

/**
 * Says whose a request is, where proxies stand between. What a field claims counts as far as trusted proxies have
 * written it: read from the right, the first address that is no proxy's is the client's.
 *
 * @example
 * const proxies = new TrustedProxies({ forwardedAllowIps: ['10.0.0.0/8'] });
 * const app = (session, request) => [200, 'OK', {}, proxies.clientOf(session, request).address];
 */
export class TrustedProxies {
  readonly #ranges: AddressRanges;
  readonly #readHops: (request: Request) => Hop[];

  /** @throws GUDEG_ERR_INVALID_OPTION */
  constructor(options: TrustedProxiesOptions = {}) {
    const { forwardedAllowIps = ['127.0.0.1', '::1'], clientField = 'x-forwarded-for' } = options;
    if (!['x-forwarded-for', 'forwarded'].includes(clientField)) {
      throw invalidOption('clientField', "'x-forwarded-for' or 'forwarded'", clientField);
    }
    if (!Array.isArray(forwardedAllowIps)) {
      throw invalidOption('forwardedAllowIps', 'an array of addresses', forwardedAllowIps);
    }
    this.#ranges = new AddressRanges('forwardedAllowIps', forwardedAllowIps);
    this.#readHops = clientField === 'forwarded' ? forwardedHops : xForwardedHops;
  }

  /** Whether it is a proxy's address. Peers of a unix socket are trusted: who may reach it is a matter of its file. */
  trusts(address: SocketAddress): boolean {
    return isInternet(address) ? this.#ranges.has(address[0]) : true;
  }

  /** The client of a request, and how it speaks. */
  clientOf(session: Session, request: Request): ForwardedClient {
    const peer = session.address;
    let client: ForwardedClient = { address: isInternet(peer) ? peer[0] : '', scheme: 'http' };
    if (!this.trusts(peer)) return client;
    for (const { node, scheme } of this.#readHops(request).reverse()) {
      const address = hostOf(node);
      if (address === null) break;
      client = { address, scheme };
      if (!this.#ranges.has(address)) break;
    }
    return client;
  }
}

function isInternet(address: SocketAddress): address is readonly [host: string, port: number] {
  return Array.isArray(address);
}

/** All lines of a field as one. */
function fieldOf(request: Request, wanted: string): string {
  const lines: string[] = [];
  request.forEachField((found, name, value) => {
    if (name === wanted) found.push(value);
  }, lines);
  return lines.join(',');
}

function xForwardedHops(request: Request): Hop[] {
  const scheme = schemeOf(fieldOf(request, 'x-forwarded-proto'));
  const text = fieldOf(request, 'x-forwarded-for');
  return text === '' ? [] : text.split(',').map((node) => ({ node: node.trim(), scheme }));
}

/** `for=192.0.2.1;proto=https, for="[2001:db8::1]:4711"` (RFC 7239 section 4). */
function forwardedHops(request: Request): Hop[] {
  const elements = fieldOf(request, 'forwarded').match(/(?:"(?:\\.|[^"\\])*"|[^",])+/g) ?? [];
  return elements.map((element) => {
    const pairs = new Map<string, string>();
    for (const pair of element.match(/(?:"(?:\\.|[^"\\])*"|[^";])+/g) ?? []) {
      const [name = '', ...value] = pair.split('=');
      pairs.set(name.trim().toLowerCase(), unquoted(value.join('=').trim()));
    }
    return { node: pairs.get('for') ?? '', scheme: schemeOf(pairs.get('proto') ?? '') };
  });
}

function unquoted(text: string): string {
  return text.startsWith('"') ? text.slice(1, -1).replace(/\\(.)/g, '$1') : text;
}

function schemeOf(text: string): 'http' | 'https' {
  return text.trim().toLowerCase() === 'https' ? 'https' : 'http';
}

/** The address in `192.0.2.1`, `192.0.2.1:80`, `2001:db8::1`, `[2001:db8::1]:80`; null for anything else. */
function hostOf(node: string): string | null {
  const bracketed = /^\[([^\]]*)\](?::\d{1,5})?$/.exec(node)?.[1];
  if (bracketed !== undefined) return isIP(bracketed) === 6 ? bracketed : null;
  const host = /^([\d.]+):\d{1,5}$/.exec(node)?.[1] ?? node;
  return isIP(host) === 0 ? null : host;
}
