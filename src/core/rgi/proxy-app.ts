import { ClientError, invalidArgType, type ErrorCode } from '../errors.ts';
import { Body, Tunnel, reasonPhrase, type ChunkedBody, type TunnelStream } from '../http/index.ts';
import type { Response, ResponseHeaders, Session } from './app.ts';
import { CallableApp } from './callable-app.ts';
import { ForwardedFields } from './hop-by-hop.ts';
import type { Request } from './request.ts';

/** What an upstream answers: of `Pool` and `Connection`, a `ClientResponse`. */
export interface UpstreamResponse {
  readonly status: number;
  readonly reason: string;
  readonly rawHeaders: readonly string[];
  readonly body: Body | ChunkedBody | null;
  readonly tunnel: TunnelStream | null;
}

/** Whatever makes requests: a `Pool`, or one `Connection` where there is one request at a time. */
export interface Upstream {
  /** Makes one request; resolves with the head of its answer, before the body. */
  request(
    method: string,
    uri: string,
    headers: ResponseHeaders,
    body: Body | ChunkedBody | null,
    options: {
      onInterim: (response: Pick<UpstreamResponse, 'status' | 'rawHeaders'>) => void;
    },
  ): Promise<UpstreamResponse>;
}

/** Options of `ProxyApp`. */
export interface ProxyAppOptions {
  /** Our name in the `via` field of requests (RFC 9110 section 7.6.3); null for no such field. Default `'gudeg'`. */
  via?: string | null;
  /** Whether requests say who the client was: `x-forwarded-for`, `-host` and `-proto`. Default false. */
  forwarded?: boolean;
  /** Is told why a request was answered with 502, 503 or 504. */
  onError?: (error: ClientError, session: Session, request: Request) => void;
}

const STATUS: Readonly<Partial<Record<ErrorCode, number>>> = {
  GUDEG_ERR_CLIENT_POOL_FULL: 503,
  GUDEG_ERR_CLIENT_CONNECT_TIMEOUT: 504,
  GUDEG_ERR_CLIENT_RESPONSE_TIMEOUT: 504,
  GUDEG_ERR_CLIENT_WRITE_TIMEOUT: 504,
};

/**
 * An app that passes requests on to another server and its responses back (Degu's `ProxyApp`), bodies
 * piece by piece, as fast as the slower side takes them. The target is what routing has left of the
 * path. Upgrades become tunnels. Where no response comes about it answers 502 Bad Gateway, 504 Gateway
 * Timeout, or 503 when the pool is full.
 *
 * @example
 * const app = new Router({ api: new ProxyApp(new Pool('/run/api.sock')), [Router.END]: home });
 */
export class ProxyApp extends CallableApp {
  readonly #upstream: Upstream;
  readonly #options: ProxyAppOptions;

  /** @throws GUDEG_ERR_INVALID_ARG_TYPE when `upstream` makes no requests */
  constructor(upstream: Upstream, options: ProxyAppOptions = {}) {
    if (typeof (upstream as Partial<Upstream> | null)?.request !== 'function') {
      throw invalidArgType('upstream', 'a Pool (`new Pool(client)` of a Client)', upstream);
    }
    super((session, request) => this.#pass(session, request));
    this.#upstream = upstream;
    this.#options = options;
  }

  async #pass(session: Session, request: Request): Promise<Response> {
    const { method, body } = request;
    const fields = this.#requestFields(session, request);
    const uri = request.uri === '*' ? '*' : request.buildProxyUri();
    try {
      const response = await this.#upstream.request(method, uri, fields.headers, body, {
        onInterim: (interim) => {
          if (interim.status === 100) return;
          request.inform(interim.status, new ForwardedFields(interim.rawHeaders).headers);
        },
      });
      return answerOf(response, method);
    } catch (error) {
      if (!(error instanceof ClientError)) throw error;
      this.#options.onError?.(error, session, request);
      const status = STATUS[error.code] ?? 502;
      const reason = reasonPhrase(status);
      const text = method === 'HEAD' ? null : `${reason}\n`;
      return [status, reason, { 'content-type': 'text/plain' }, text];
    }
  }

  #requestFields(session: Session, request: Request): ForwardedFields {
    const fields = new ForwardedFields(request.rawHeaders);
    const { headers } = fields;
    if (fields.isUpgrade) {
      headers['connection'] = 'upgrade';
      headers['upgrade'] = request.headers['upgrade'] ?? '';
    }
    // The body has its own. Who reads it asks for it with 100 (Continue).
    delete headers['content-length'];
    delete headers['expect'];
    const { via = 'gudeg', forwarded = false } = this.#options;
    if (via !== null) fields.append('via', `${request.httpVersion} ${via}`);
    if (forwarded) {
      const { address } = session;
      if (Array.isArray(address)) fields.append('x-forwarded-for', String(address[0]));
      // What a client says of itself here is no proof.
      headers['x-forwarded-host'] = request.headers['host'] ?? '';
      headers['x-forwarded-proto'] = (session.tls ?? null) === null ? 'http' : 'https';
    }
    return fields;
  }
}

function answerOf(response: UpstreamResponse, method: string): Response {
  const { status, body, tunnel, rawHeaders } = response;
  const reason = response.reason === '' ? reasonPhrase(status) : response.reason;
  const { headers } = new ForwardedFields(rawHeaders);
  if (tunnel !== null) {
    if (status === 101) {
      const upgrade = rawHeaders.findIndex((name) => name.toLowerCase() === 'upgrade');
      headers['connection'] = 'upgrade';
      headers['upgrade'] = rawHeaders[upgrade + 1] ?? '';
    }
    return [status, reason, headers, new Tunnel((stream) => join(stream, tunnel))];
  }
  // Without a body it tells what GET would have given, or nothing.
  if (method !== 'HEAD' && status !== 304) delete headers['content-length'];
  // What is here whole goes out with its head.
  const whole = body instanceof Body && body.source instanceof Uint8Array ? body.source : body;
  return [status, reason, headers, whole];
}

/** Until both sides have ended, or one has failed. */
async function join(near: TunnelStream, far: TunnelStream): Promise<void> {
  try {
    await Promise.all([pump(near, far), pump(far, near)]);
  } finally {
    far.destroy();
  }
}

async function pump(from: TunnelStream, to: TunnelStream): Promise<void> {
  for await (const bytes of from) await to.write(bytes);
  to.end();
}
