import { chmodSync } from 'node:fs';
import { isIPv4, isIPv6 } from 'node:net';
import { getSystemErrorMap } from 'node:util';
import type { HttpListener } from './http-listener.ts';

/** What `server.listen()` was told, in node:net's terms. */
export interface ListenRequest {
  /** A socket file, or an abstract name that starts with NUL. */
  readonly path: string | null;
  /** An IP address; null for all that the machine has. */
  readonly host: string | null;
  readonly port: number;
  /** A listening descriptor, or -1. */
  readonly fd: number;
  readonly backlog: number;
  readonly ipv6Only: boolean;
  readonly reusePort: boolean;
}

type Kind = 'ipv4' | 'ipv6' | 'unix' | 'fd';

/** Listens with the engine. Gives the error that node:net would emit, or null. */
export function listenOn(listener: HttpListener, request: ListenRequest): Error | null {
  const { engine } = listener.exchange;
  const attempt = (kind: Kind, host: string | Uint8Array, scopeId = 0): number =>
    engine.listen(
      listener.id,
      kind,
      host,
      request.port,
      0,
      scopeId,
      request.fd,
      request.backlog,
      request.reusePort,
      request.ipv6Only,
    );
  const { path, host, fd } = request;
  let status: number;
  if (fd >= 0) status = attempt('fd', '');
  else if (path !== null) status = attempt('unix', Buffer.from(path));
  else if (host === null) {
    status = attempt('ipv6', '::');
    // A machine without IPv6.
    if (status === -97 || status === -99) status = attempt('ipv4', '0.0.0.0');
  } else if (isIPv4(host)) status = attempt('ipv4', host);
  else status = attempt('ipv6', host.replace(/%.*$/, ''), scopeOf(host));
  return status < 0
    ? listenError(status, path ?? host ?? '::', path === null ? request.port : -1)
    : null;
}

function scopeOf(host: string): number {
  const [, scope = '0'] = host.split('%');
  return isIPv6(host) ? Number(scope) || 0 : 0;
}

function listenError(errno: number, address: string, port: number): Error {
  const [code, text] = getSystemErrorMap().get(errno) ?? [`errno ${errno}`, 'unknown error'];
  const where = port >= 0 ? `${address}:${port}` : address;
  return Object.assign(new Error(`listen ${code}: ${text} ${where}`), {
    code,
    errno,
    syscall: 'listen',
    address,
    ...(port >= 0 ? { port } : {}),
  });
}

/**
 * Stands where net.Server keeps the handle of its listening socket, so that its own `address()`,
 * `close()`, `ref()`, `unref()` and `listening` work.
 */
export class ListenHandle {
  readonly #listener: HttpListener;
  readonly #isUnix: boolean;
  /** Absent for a unix socket, as node:net expects. */
  readonly getsockname: ((out: Record<string, unknown>) => number) | undefined;

  constructor(listener: HttpListener) {
    this.#listener = listener;
    const address = listener.exchange.engine.serverAddress(listener.id);
    this.#isUnix = !Array.isArray(address);
    if (!Array.isArray(address)) return;
    const [host, port] = address;
    this.getsockname = (out) => {
      Object.assign(out, { address: host, family: address.length > 2 ? 'IPv6' : 'IPv4', port });
      return 0;
    };
  }

  close(): void {
    this.#listener.close();
  }

  ref(): void {
    this.#listener.exchange.engine.refServer(this.#listener.id, true);
  }

  unref(): void {
    this.#listener.exchange.engine.refServer(this.#listener.id, false);
  }

  getAsyncId(): number {
    return 0;
  }

  /** `readableAll` and `writableAll` of a socket file. */
  fchmod(mode: number): number {
    const path = this.#listener.exchange.engine.serverAddress(this.#listener.id);
    if (this.#isUnix && typeof path === 'string') {
      chmodSync(path, 0o755 | ((mode & 1) !== 0 ? 0o444 : 0) | ((mode & 2) !== 0 ? 0o222 : 0));
    }
    return 0;
  }
}
