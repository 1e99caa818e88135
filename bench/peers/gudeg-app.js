/** @param {any} request */
async function echo(request) {
  return [200, 'OK', { 'content-type': 'application/octet-stream' }, await request.body.read()];
}

/** @param {any} request */
function json(request) {
  const { headers } = request;
  const body = JSON.stringify({
    message: 'hello, world',
    agent: headers['user-agent'],
    language: headers['accept-language'],
  });
  return [200, 'OK', { 'content-type': 'application/json' }, body];
}

/**
 * The RGI app that all our servers run.
 *
 * @param {unknown} _session
 * @param {any} request
 */
export function app(_session, request) {
  if (request.method === 'POST') return echo(request);
  if (request.path[0] === 'json') return json(request);
  return [200, 'OK', { 'content-type': 'text/plain' }, 'hello, world'];
}
