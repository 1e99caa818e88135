// A gateway app, written like WSGI, in an Express app. Needs `npm install express`.
//
//   node examples/45-gateway-in-express.js 8000
//   curl --data hello http://127.0.0.1:8000/legacy/echo

import express from 'express';
import { gateway, serve } from 'gudeg/express';

function* legacy(environ, startResponse) {
  startResponse('200 OK', [['content-type', 'text/plain']]);
  yield `${environ.REQUEST_METHOD} ${environ.SCRIPT_NAME}${environ.PATH_INFO}\n`;
  yield environ['wsgi.input'].read();
}

const app = express();
app.use('/legacy', gateway(legacy));

const server = await serve(app, ['127.0.0.1', Number(process.argv[2] ?? 8000)]);
console.log(`listening on http://127.0.0.1:${server.address().port}`);
