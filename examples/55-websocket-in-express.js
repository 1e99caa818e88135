// A WebSocket handler in an Express app, below a middleware of its own. Needs `npm install express`.
//
//   node examples/55-websocket-in-express.js 8000
//   npx wscat --connect 'ws://127.0.0.1:8000/count?from=3'

import express from 'express';
import { serve, websocket } from 'gudeg/express';

const app = express();

app.use('/count', (req, res, next) => {
  if (Number(req.query.from) > 0) next();
  else res.status(400).send('from must be a number\n');
});
app.use(
  '/count',
  websocket(async (ws) => {
    const from = Number(new URLSearchParams(ws.environ.QUERY_STRING).get('from'));
    for (let n = from; n > 0; n--) await ws.sendAsync(String(n));
  }),
);

// With app.listen() it is the same on node:http, where it needs `npm install ws`.
const server = await serve(app, ['127.0.0.1', Number(process.argv[2] ?? 8000)]);
console.log(`listening on http://127.0.0.1:${server.address().port}`);
