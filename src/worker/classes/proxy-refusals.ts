import type { ErrorLog } from '../logs/error-log.ts';
import { RefusalLog } from './refusal-log.ts';

const cures: Readonly<Record<string, string>> = {
  GUDEG_ERR_HTTP_FOREIGN_PROXY: 'add its address to proxyAllowIps, if it is a proxy of yours',
  GUDEG_ERR_HTTP_MISSING_PROXY_HEADER:
    'let the proxy send the version that proxyProtocol asks for (HAProxy: send-proxy or send-proxy-v2; nginx: proxy_protocol on), or set proxyProtocol to off',
};

/** Logs connections that were closed because they began otherwise than `proxyProtocol` says. */
export class ProxyRefusals {
  readonly #refusals: RefusalLog;

  constructor(log: ErrorLog) {
    this.#refusals = new RefusalLog(log);
  }

  /** Takes any fault of a connection; those that have nothing to do with proxies are passed over. */
  add(error: Error): void {
    const { code = '' } = error as NodeJS.ErrnoException;
    if (!code.includes('PROXY')) return;
    this.#refusals.add(code, error.message, cures[code]);
  }
}
