// A gateway app: WSGI in JavaScript. It reads and writes as if both blocked.
//
//   node examples/30-gateway.js 8000
//   curl http://127.0.0.1:8000/
//   curl http://127.0.0.1:8000/count
//   curl --data-binary @package.json http://127.0.0.1:8000/lines

import { serve } from 'gudeg/gateway';
import { Event, sleep, spawn } from 'gudeg/green';

const port = Number(process.argv[2] ?? 8000);
const text = [['Content-Type', 'text/plain; charset=utf-8']];

// A generator sends its pieces as they come.
function* count() {
  for (let i = 1; i <= 5; i++) {
    yield `${i}\n`;
    sleep(0.1);
  }
}

function app(environ, startResponse) {
  switch (environ.PATH_INFO) {
    case '/':
      startResponse('200 OK', text);
      return [`hello, ${environ.REMOTE_ADDR}\n`];
    case '/count':
      startResponse('200 OK', text);
      return count();
    case '/lines': {
      // The body is read line by line, however slowly it comes.
      let lines = 0;
      for (const _line of environ['wsgi.input']) lines++;
      startResponse('200 OK', text);
      return [`${lines} lines\n`];
    }
    default:
      startResponse('404 Not Found', text);
      return ['not here\n'];
  }
}

// Told when the server listens.
const serverEvent = new Event();
spawn(() => {
  console.log(`listening on http://${serverEvent.wait().address.join(':')}/`);
});
await spawn(() => {
  serve(['127.0.0.1', port], app, { serverEvent });
});
