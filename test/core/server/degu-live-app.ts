import type { Api, App, Request, Response, ResponseHeaders, Session } from 'gudeg';

type Route = (
  request: Request,
  api: Api,
  session: Session,
  argument: string,
) => Response | Promise<Response>;

const text = 'hello, world';

/** What the application of the recorded exchanges did, by the first component of the path. */
const routes: Record<string, Route> = {
  none: () => [200, 'OK', {}, null],
  echo: async ({ body }) => [200, 'OK', {}, body === null ? Buffer.alloc(0) : await body.read()],
  chunks: async ({ body }, api) => {
    const chunks = [];
    if (body?.chunked === true) for await (const chunk of body) chunks.push(chunk);
    return [200, 'OK', {}, new api.ChunkedBodyIter(chunks)];
  },
  relay: ({ body }) => [200, 'OK', {}, body],
  boom: () => {
    throw new Error('boom');
  },
  noread: () => [200, 'OK', {}, null],
  status: (_request, _api, _session, status) => [Number(status), 'Reason', {}, null],
  head: () => [200, 'OK', { 'content-length': 3 }, null],
  headbody: () => [200, 'OK', {}, Buffer.from('abc')],
  badlist: () => ({ 0: 200, 1: 'OK', 2: {}, 3: null, length: 4 }) as unknown as Response,
  badtuple: () => [200, 'OK', {}] as unknown as Response,
  bad5: () => [200, 'OK', {}, null, null] as unknown as Response,
  badnone: () => null as unknown as Response,
  strstatus: () => ['200', 'OK', {}, null] as unknown as Response,
  under: () => [200, 'OK', { a_b: 'v' }, null],
  upper: () => [200, 'OK', { Name: 'v' }, null],
  both: () => [200, 'OK', { 'transfer-encoding': 'chunked' }, Buffer.from('abc')],
  wronglength: () => [200, 'OK', { 'content-length': 5 }, Buffer.from('abc')],
  nonelength: () => [200, 'OK', { 'content-length': 5 }, null],
  emptyval: () => [200, 'OK', { x: '' }, null],
  emptyreason: () => [200, '', {}, null],
  crlfval: () => [200, 'OK', { x: 'a\r\nset-cookie: b' }, null],
  crlfreason: () => [200, 'OK\r\nset-cookie: b', {}, null],
  manyheaders: (_request, _api, _session, count) => {
    const headers: ResponseHeaders = {};
    for (let i = 0; i < Number(count); i++) headers[`h${i}`] = 'v';
    return [200, 'OK', headers, null];
  },
  bigheader: (_request, _api, _session, length) => [
    200,
    'OK',
    { x: 'a'.repeat(Number(length)) },
    null,
  ],
  str: () => [200, 'OK', {}, 'abc'],
  order: () => [200, 'OK', { z: 1, 'content-type': 't', m: 3.5, a: 2 }, Buffer.alloc(0)],
  iter: (_request, api) => [200, 'OK', {}, new api.BodyIter(['he', '', 'llo'], 5)],
  itershort: (_request, api) => [200, 'OK', {}, new api.BodyIter(['he'], 5)],
  iterlong: (_request, api) => [200, 'OK', {}, new api.BodyIter(['hello', ' world'], 5)],
  citer: (_request, api) => {
    const chunks = [[null, 'hi'] as const, [['k', 'v'], 'yo'] as const, [null, ''] as const];
    return [200, 'OK', {}, new api.ChunkedBodyIter(chunks)];
  },
  citerextra: (_request, api) => {
    const chunks = [[null, ''] as const, [null, 'x'] as const];
    return [200, 'OK', {}, new api.ChunkedBodyIter(chunks)];
  },
  citernoend: (_request, api) => [200, 'OK', {}, new api.ChunkedBodyIter([[null, 'hi']])],
  range: ({ headers }, api) => {
    const range = headers['range'];
    if (!(range instanceof api.Range)) return [200, 'OK', {}, Buffer.from(text)];
    const body = Buffer.from(text).subarray(range.start, range.stop);
    const field = new api.ContentRange(range.start, range.stop, text.length);
    return [206, 'Partial Content', { 'content-range': field }, body];
  },
  info: (_request, _api, session) => [200, 'OK', {}, Buffer.from(describe(session))],
};

export const deguLiveApp: App = (session, request, api) => {
  const route = routes[request.shiftPath() ?? ''];
  if (route === undefined) return [404, 'Not Found', {}, null];
  return route(request, api, session, request.shiftPath() ?? '');
};

/** In the form of the records: a tuple as Python shows it. */
function describe(session: Session): string {
  const { address, credentials, maxRequests, requests, closed, message, store } = session;
  const items = [
    `'${String(address)}'`,
    `(${credentials?.join(', ') ?? ''})`,
    maxRequests,
    requests,
    closed ? 'True' : 'False',
    message === null ? 'None' : `'${message}'`,
    JSON.stringify(store),
  ];
  return `(${items.join(', ')})`;
}
