import type { ErrorLog } from '../logs/error-log.ts';

const cures: Readonly<Record<string, string>> = {
  GUDEG_ERR_HTTP_FOREIGN_PROXY: 'add its address to proxyAllowIps, if it is a proxy of yours',
  GUDEG_ERR_HTTP_MISSING_PROXY_HEADER:
    'let the proxy send the version that proxyProtocol asks for (HAProxy: send-proxy or send-proxy-v2; nginx: proxy_protocol on), or set proxyProtocol to off',
};

/** Between two lines about the same fault; whoever connects could fill the disk otherwise. */
const QUIET_MS = 10_000;

/** Logs connections that were closed because they began otherwise than `proxyProtocol` says. */
export class ProxyRefusals {
  readonly #log: ErrorLog;
  readonly #last = new Map<string, { at: number; unsaid: number }>();

  constructor(log: ErrorLog) {
    this.#log = log;
  }

  /** Takes any fault of a connection; those that have nothing to do with proxies are passed over. */
  add(error: Error): void {
    const { code = '' } = error as NodeJS.ErrnoException;
    if (!code.includes('PROXY')) return;
    const now = performance.now();
    const last = this.#last.get(code);
    if (last !== undefined && now - last.at < QUIET_MS) {
      last.unsaid++;
      return;
    }
    const cure = cures[code];
    const more = last === undefined || last.unsaid === 0 ? '' : ` (and ${last.unsaid} before it)`;
    this.#last.set(code, { at: now, unsaid: 0 });
    this.#log.warning(
      `a connection was refused${more}: ${error.message}${cure === undefined ? '' : `; ${cure}`}`,
    );
  }
}
