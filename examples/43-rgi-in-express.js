// RGI apps as middleware of an Express app. Needs `npm install express`.
//
//   node examples/43-rgi-in-express.js 8000
//   curl http://127.0.0.1:8000/files/style.css
//   curl http://127.0.0.1:8000/files/nix

import { fileURLToPath } from 'node:url';
import express from 'express';
import { FilesApp } from 'gudeg';
import { rgi, serve } from 'gudeg/express';

const app = express();
const folder = fileURLToPath(new URL('public', import.meta.url));

// What is no file goes on to the next middleware.
app.use('/files', rgi(new FilesApp(folder), { fallthrough: true }));
app.use((request, response) => response.status(404).send(`Express has no ${request.url} either\n`));

const server = await serve(app, ['127.0.0.1', Number(process.argv[2] ?? 8000)]);
console.log(`listening on http://127.0.0.1:${server.address().port}`);
