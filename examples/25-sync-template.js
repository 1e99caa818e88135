// A template engine that knows only synchronous helpers, with data that comes from elsewhere: the helper waits, and
// everybody else is served meanwhile. Pages are rendered side by side.
//
//   node examples/25-sync-template.js [port]
//   curl 'http://127.0.0.1:8025/?name=apple&name=bread'

import Handlebars from 'handlebars';
import { serve } from 'gudeg/gateway';
import { Event, sleep, spawn, wait } from 'gudeg/green';

/** Stands for a database, or another service. */
async function priceOf(name) {
  await new Promise((resolve) => setTimeout(resolve, 100));
  return name.length * 100;
}

Handlebars.registerHelper('price', (name) => wait(priceOf(name)) / 100);
Handlebars.registerHelper('stock', (name) => {
  sleep(0.1);
  return name.startsWith('b') ? 'sold out' : 'in stock';
});

const render = Handlebars.compile(
  '{{#each names}}{{this}}: {{price this}} EUR, {{stock this}}\n{{/each}}',
);

function app(environ, startResponse) {
  const names = new URLSearchParams(environ.QUERY_STRING).getAll('name');
  startResponse('200 OK', [['content-type', 'text/plain']]);
  return [render({ names })];
}

const listening = new Event();
spawn(serve, ['127.0.0.1', Number(process.argv[2] ?? 8025)], app, {
  serverEvent: listening,
  logOutput: false,
});
const { address } = await listening.waitAsync();
console.log(`listening on http://127.0.0.1:${address[1]}`);
