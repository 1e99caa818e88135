// An Express app on the native engine: serve(app) stands for app.listen(). Needs `npm install express`.
//
//   node examples/41-express-on-the-engine.js 8000
//   curl http://127.0.0.1:8000/hello/world

import express from 'express';
import { serve } from 'gudeg/express';

const app = express();
app.use(express.json());

app.get('/hello/:name', (request, response) => response.json({ hello: request.params.name }));
app.post('/echo', (request, response) => response.json(request.body));

const server = await serve(app, ['127.0.0.1', Number(process.argv[2] ?? 8000)]);
console.log(`listening on http://127.0.0.1:${server.address().port}`);
