import { Body, BodyState, ChunkedBody, ContentRange, Range, joinUri } from '../http/index.ts';
import { demand } from './demand.ts';
import type { Request } from './request.ts';

/** Whose rules: `degu` knows five methods, and bodies with PUT and POST only. */
export type ContractProfile = 'rfc' | 'degu';

const DEGU_METHODS = new Set(['GET', 'PUT', 'POST', 'HEAD', 'DELETE']);

/** Checks what a server gives an app. @throws GUDEG_ERR_APP_CONTRACT */
export function checkRequest(request: Request, profile: ContractProfile): void {
  const { method, body } = request;
  demand(
    typeof method === 'string' &&
      (profile === 'degu'
        ? DEGU_METHODS.has(method)
        : /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/.test(method)),
    'request.method',
    profile === 'degu' ? 'GET, PUT, POST, HEAD or DELETE' : 'a token',
    method,
  );
  demand(typeof request.uri === 'string', 'request.uri', 'a string', request.uri);
  const query: unknown = request.query;
  demand(query === null || typeof query === 'string', 'request.query', 'null or a string', query);
  checkHeaders(request.headers);
  checkUriParts('request', request);
  demand(
    body === null || body instanceof Body || body instanceof ChunkedBody,
    'request.body',
    'null, a Body or a ChunkedBody',
    body,
  );
  demand(
    body === null || profile === 'rfc' || method === 'PUT' || method === 'POST',
    'request.body',
    `null, because the method is ${method}`,
    body,
  );
  checkFraming(request);
}

/** Checks that `mount`, `path` and `query` make the uri, whatever was shifted. @throws GUDEG_ERR_APP_CONTRACT */
export function checkUriParts(where: string, request: Request): void {
  const { mount, path, query, uri } = request;
  for (const [name, list] of Object.entries({ mount, path })) {
    demand(
      Array.isArray(list) && list.every((component) => typeof component === 'string'),
      `${where}.${name}`,
      'an array of strings',
      list,
    );
  }
  // An asterisk, an authority or an absolute uri has more in it than a path.
  if (!uri.startsWith('/')) return;
  const joined = joinUri([...mount, ...path], query);
  demand(joined === uri, `${where}.mount, .path and .query together`, `the uri '${uri}'`, joined);
}

/** Checks that the app left no request body behind. @throws GUDEG_ERR_APP_CONTRACT */
export function checkConsumed(
  body: Body | ChunkedBody | null,
  answer: unknown,
  profile: ContractProfile,
): void {
  if (body === null) return;
  // An echo: the body is consumed as it goes out.
  if (profile === 'rfc' && answer === body && body.state === BodyState.READY) return;
  const isRead = profile === 'rfc' && body instanceof Body && body.remaining === 0;
  demand(
    isRead || body.state === BodyState.CONSUMED,
    'request.body.state after the app answered',
    '2 (CONSUMED): read the body to its end',
    body.state,
  );
}

function checkHeaders(headers: Request['headers']): void {
  demand(typeof headers === 'object', 'request.headers', 'an object', headers);
  for (const [name, value] of Object.entries<unknown>(headers)) {
    const where = `request.headers['${name}']`;
    demand(name !== '' && name === name.toLowerCase(), where, 'named in lower case', name);
    if (name === 'content-length') {
      demand(
        Number.isSafeInteger(value) && (value as number) >= 0,
        where,
        'an integer from 0',
        value,
      );
    } else if (name === 'range') {
      demand(
        value instanceof Range || typeof value === 'string',
        where,
        'a Range or a string',
        value,
      );
    } else if (name === 'content-range') {
      demand(
        value instanceof ContentRange || typeof value === 'string',
        where,
        'a ContentRange or a string',
        value,
      );
    } else {
      demand(typeof value === 'string', where, 'a string', value);
    }
  }
}

function checkFraming({ headers, body }: Request): void {
  const length = headers['content-length'];
  const encoding = headers['transfer-encoding'];
  demand(
    length === undefined || encoding === undefined,
    'request.headers',
    'without content-length where there is transfer-encoding',
    headers,
  );
  demand(
    encoding === undefined || String(encoding).toLowerCase() === 'chunked',
    "request.headers['transfer-encoding']",
    "'chunked'",
    encoding,
  );
  demand(
    (body === null) === (length === undefined && encoding === undefined),
    'request.body',
    length === undefined && encoding === undefined
      ? 'null, because there is neither content-length nor transfer-encoding'
      : 'a Body or a ChunkedBody, because there is content-length or transfer-encoding',
    body,
  );
  if (body === null) return;
  demand(
    body.chunked === (encoding !== undefined),
    'request.body',
    encoding === undefined ? 'a Body' : 'a ChunkedBody',
    body,
  );
  if (body instanceof Body) {
    demand(
      body.contentLength === length,
      'request.body.contentLength',
      `content-length, which is ${String(length)}`,
      body.contentLength,
    );
  }
  demand(body.state === BodyState.READY, 'request.body.state', '0 (READY)', body.state);
}
