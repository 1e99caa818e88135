// Middleware of gateway apps is a function from app to app; a Router mounts them beside RGI apps.
//
//   node examples/31-gateway-middleware.js 8000
//   curl -i http://127.0.0.1:8000/wiki/Front%20page
//   curl -i -X DELETE http://127.0.0.1:8000/wiki/

import { Router, Server } from 'gudeg';
import { Gateway, validator } from 'gudeg/gateway';

function wiki(environ, startResponse) {
  startResponse('200 OK', { 'Content-Type': 'text/plain; charset=utf-8' });
  return [`page ${environ.PATH_INFO} of the wiki at ${environ.SCRIPT_NAME}\n`];
}

/** Lets only some methods through. */
const allowing = (methods, app) => (environ, startResponse) => {
  if (methods.includes(environ.REQUEST_METHOD)) return app(environ, startResponse);
  startResponse('405 Method Not Allowed', {
    Allow: methods.join(', '),
    'Content-Type': 'text/plain',
  });
  return ['no\n'];
};

/** Adds a field to every response: what the app gives startResponse passes by here. */
const timed = (app) => (environ, startResponse) => {
  const startMs = performance.now();
  return app(environ, (status, headers, excInfo) => {
    const timing = `app;dur=${(performance.now() - startMs).toFixed(1)}`;
    return startResponse(status, { ...headers, 'Server-Timing': timing }, excInfo);
  });
};

const options = { logFormat: '%(m)s %(r)s %(s)s', logOutput: true, maxSize: 100 };
const gateway = new Gateway(validator(timed(allowing(['GET', 'HEAD'], wiki))), options);
const home = () => [200, 'OK', { 'content-type': 'text/plain' }, 'an RGI app\n'];

const port = Number(process.argv[2] ?? 8000);
const router = new Router({ [Router.END]: home, wiki: gateway });
const server = await new Server(['127.0.0.1', port], router).listen();
console.log(`listening on http://${server.address.join(':')}/`);

process.on('SIGTERM', async () => {
  await server.close({ graceMs: 5000 });
  await gateway.close({ graceMs: 0 });
});
