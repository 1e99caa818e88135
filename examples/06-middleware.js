// Middleware is an app that calls another one.
//
//   npx gudeg examples/06-middleware.js
//   curl -i http://127.0.0.1:8000/
//   curl -i -X DELETE http://127.0.0.1:8000/

import { AllowedMethods, RequestLogger, Validator } from 'gudeg';

/** Says in a header how long the app took. */
function timed(app) {
  return async (session, request, api) => {
    const startedAt = performance.now();
    const [status, reason, headers, body] = await app(session, request, api);
    const elapsedMs = (performance.now() - startedAt).toFixed(2);
    return [status, reason, { ...headers, 'server-timing': `app;dur=${elapsedMs}` }, body];
  };
}

/** Counts the requests of one connection, in the object that the connection keeps for apps. */
function counting(app) {
  return (session, request, api) => {
    session.store.count = (session.store.count ?? 0) + 1;
    return app(session, request, api);
  };
}

function hello(session) {
  return [200, 'OK', {}, `Request ${session.store.count} on this connection\n`];
}

// The Validator throws when the app, or the server, breaks the contract: for tests and development.
const app = new Validator(timed(counting(hello)));

export default new RequestLogger(new AllowedMethods('GET').filter(app));
