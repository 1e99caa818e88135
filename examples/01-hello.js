// The smallest app that is of use: a page for a browser, a line for everyone else.
//
//   npx gudeg examples/01-hello.js
//   curl http://127.0.0.1:8000/
//
// An app is a function. What it returns is the response: status, reason, headers, body.

const page = `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <title>gudeg</title>
    <style>body { font: 1.2rem system-ui; max-width: 40rem; margin: 4rem auto; padding: 0 1rem }</style>
  </head>
  <body>
    <h1>Hello from gudeg</h1>
    <p>This page is <code>examples/01-hello.js</code>. Change it, and start it again.</p>
  </body>
</html>
`;

export default function app(session, request) {
  if (String(request.headers.accept ?? '').includes('text/html')) {
    return [200, 'OK', { 'content-type': 'text/html; charset=utf-8' }, page];
  }
  return [200, 'OK', { 'content-type': 'text/plain; charset=utf-8' }, 'Hello from gudeg\n'];
}
