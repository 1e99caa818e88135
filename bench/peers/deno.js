// Run by Deno.
/* global Deno */
import { announce, listenAddress } from './listen-address.js';

const { host, port, path } = /** @type {any} */ (listenAddress());

/** @param {Request} request */
function json(request) {
  return Response.json({
    message: 'hello, world',
    agent: request.headers.get('user-agent'),
    language: request.headers.get('accept-language'),
  });
}

/** @param {Request} request */
async function echo(request) {
  return new Response(await request.arrayBuffer(), {
    headers: { 'Content-Type': 'application/octet-stream' },
  });
}

Deno.serve(
  { ...(path === undefined ? { hostname: host, port } : { path }), onListen: announce },
  (request) => {
    if (request.method === 'POST') return echo(request);
    if (request.url.endsWith('/json')) return json(request);
    return new Response('hello, world', { headers: { 'Content-Type': 'text/plain' } });
  },
);
