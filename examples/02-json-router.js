// A JSON interface: a Router leads each path to its app.
//
//   npx gudeg examples/02-json-router.js
//   curl http://127.0.0.1:8000/books
//   curl http://127.0.0.1:8000/books/1
//   curl -X POST -d '{"title":"Momo"}' http://127.0.0.1:8000/books

import { AllowedMethods, Router } from 'gudeg';

const books = [{ title: 'Emil' }, { title: 'Pippi' }];

const json = (status, reason, value) => [
  status,
  reason,
  { 'content-type': 'application/json' },
  JSON.stringify(value) + '\n',
];

const list = new AllowedMethods('GET', 'POST').filter(async (session, request) => {
  if (request.method === 'GET') return json(200, 'OK', books);
  const book = await request.body?.json().catch(() => null);
  if (typeof book?.title !== 'string') {
    return json(400, 'Bad Request', { error: 'send {"title": "…"}' });
  }
  books.push({ title: book.title });
  return json(201, 'Created', { id: books.length - 1 });
});

// The Router has moved `books` from request.path to request.mount; what is left is ours.
const byId = new AllowedMethods('GET').filter((session, request) => {
  const book = books[Number(request.shiftPath())];
  return book === undefined || request.path.length > 0
    ? json(404, 'Not Found', { error: 'no such book' })
    : json(200, 'OK', book);
});

const bookApp = (session, request, api) =>
  request.path.length === 0 ? list(session, request, api) : byId(session, request, api);

export default new Router({
  [Router.END]: () => json(200, 'OK', { books: '/books' }),
  books: bookApp,
});
