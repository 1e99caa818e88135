import type { ResponseHeaders } from './app.ts';

/** Fields that concern one connection and never travel further (RFC 9110 section 7.6.1). */
const HOP_BY_HOP = new Set([
  'connection',
  'keep-alive',
  'proxy-connection',
  'proxy-authenticate',
  'proxy-authentication-info',
  'proxy-authorization',
  'te',
  'transfer-encoding',
  'upgrade',
]);

/** Fields of a message that is passed on, by lower-case name; repeated ones stay apart. */
export class ForwardedFields {
  readonly headers: ResponseHeaders = {};
  /** What `connection` names. */
  readonly #named = new Set<string>();

  /** @param rawHeaders names and values in turn, as received */
  constructor(rawHeaders: readonly string[]) {
    for (let i = 0; i + 1 < rawHeaders.length; i += 2) {
      if ((rawHeaders[i] as string).toLowerCase() !== 'connection') continue;
      for (const option of (rawHeaders[i + 1] as string).split(',')) {
        this.#named.add(option.trim().toLowerCase());
      }
    }
    for (let i = 0; i + 1 < rawHeaders.length; i += 2) {
      const name = (rawHeaders[i] as string).toLowerCase();
      if (!HOP_BY_HOP.has(name) && !this.#named.has(name)) {
        this.#add(name, rawHeaders[i + 1] as string);
      }
    }
  }

  /** Whether the connection is to change its protocol, or has. */
  get isUpgrade(): boolean {
    return this.#named.has('upgrade');
  }

  /** Adds to a list, which `headers` may have already. */
  append(name: string, value: string): void {
    const earlier = this.headers[name];
    this.headers[name] = earlier === undefined ? value : `${String(earlier)}, ${value}`;
  }

  #add(name: string, value: string): void {
    const earlier = this.headers[name];
    if (earlier === undefined) this.headers[name] = value;
    else if (Array.isArray(earlier)) this.headers[name] = [...(earlier as string[]), value];
    else this.headers[name] = [earlier as string, value];
  }
}
