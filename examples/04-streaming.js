// A response that is made while it is sent: chunks from a generator, and a trailer behind them.
//
//   npx gudeg examples/04-streaming.js
//   curl -N http://127.0.0.1:8000/
//   curl -N http://127.0.0.1:8000/?3

import { setTimeout as sleep } from 'node:timers/promises';

// The generator runs at the pace of the client, and ends when the client goes away.
async function* countdown(from) {
  for (let i = from; i > 0; i -= 1) {
    yield [null, `${i}\n`];
    await sleep(300);
  }
  yield [['last', 'yes'], 'lift off\n']; // a chunk may carry an extension
  yield [null, '']; // the empty chunk ends the body
}

export default function app(session, request, api) {
  const from = Math.min(Number(request.query ?? 5) || 0, 20);
  const startedAt = performance.now();
  const body = new api.ChunkedBodyIter(countdown(from), {
    trailers: () => ({ 'x-elapsed-ms': String(Math.round(performance.now() - startedAt)) }),
  });
  return [
    200,
    'OK',
    { 'content-type': 'text/plain; charset=utf-8', trailer: 'x-elapsed-ms' },
    body,
  ];
}
