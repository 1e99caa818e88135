// A shop on better-sqlite3, written as if nobody else were there. The database works in threads of its own; a
// transaction belongs to the request that began it. Needs better-sqlite3 (`npm install better-sqlite3`).
//
//   node examples/26-sqlite-crud.js [port [file]]
//   curl -d 'apple' http://127.0.0.1:8026/ ; curl http://127.0.0.1:8026/

import { serve } from 'gudeg/gateway';
import { Event, spawn } from 'gudeg/green';
import { SqliteDatabase } from 'gudeg/green/support';

const [, , port = '8026', file = ':memory:'] = process.argv;
const db = new SqliteDatabase(file, { threads: 4, setup: ['pragma journal_mode = wal'] });

await spawn(() => {
  db.exec(
    'create table if not exists things (id integer primary key, name text, sold integer default 0)',
  );
});

const methods = {
  GET: () => db.prepare('select * from things order by id').all(),
  POST: (id, name) => db.prepare('insert into things (name) values (?)').run(name).lastInsertRowid,
  // Reads, then writes: nobody gets in between.
  PUT: db.transaction((id) => {
    const thing = db.prepare('select sold from things where id = ?').get(id);
    if (thing === undefined) return null;
    db.prepare('update things set sold = ? where id = ?').run(thing.sold + 1, id);
    return thing.sold + 1;
  }).immediate,
  DELETE: (id) => db.prepare('delete from things where id = ?').run(id).changes,
};

function app(environ, startResponse) {
  const id = Number(environ.PATH_INFO.slice(1));
  const method = methods[environ.REQUEST_METHOD];
  const result = method?.(id, String(environ['wsgi.input'].read())) ?? null;
  startResponse(result === null ? '404 Not Found' : '200 OK', [
    ['content-type', 'application/json'],
  ]);
  return [`${JSON.stringify(result)}\n`];
}

const listening = new Event();
spawn(serve, ['127.0.0.1', Number(port)], app, {
  serverEvent: listening,
  logOutput: false,
});
const { address } = await listening.waitAsync();
console.log(`listening on http://127.0.0.1:${address[1]}`);
