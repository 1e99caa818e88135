/**
 * What a thread of a `SqliteDatabase` runs: makes the object whose methods it calls from outside. A text, as for
 * every worker thread.
 */
export const sqliteSource = `(modulePath, filename, options, setup) => {
  const { parentPort } = require('node:worker_threads');
  const Database = require(modulePath);
  const database = new Database(filename, options);
  for (const sql of setup) database.exec(sql);
  const prepare = (sql, modes) => {
    const statement = database.prepare(sql);
    for (const [mode, isOn] of Object.entries(modes)) statement[mode](isOn);
    return statement;
  };
  const statements = new Map();
  const statementOf = (sql, modes) => {
    const key = JSON.stringify(modes) + sql;
    let statement = statements.get(key);
    if (statement === undefined) {
      statement = prepare(sql, modes);
      statements.set(key, statement);
      if (statements.size > 500) statements.delete(statements.keys().next().value);
    }
    return statement;
  };
  const cursors = new Map();
  let lastCursor = 0;
  const endRows = (id) => {
    cursors.get(id)?.rows.return();
    cursors.delete(id);
  };
  // Functions come as their texts.
  const revive = (value) => {
    if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value)) return value;
    if ('functionText' in value) return (0, eval)('(' + value.functionText + ')');
    if (Array.isArray(value)) return value.map(revive);
    return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, revive(each)]));
  };
  return {
    describe(sql) {
      const { reader, readonly } = statementOf(sql, {});
      return { reader, readonly };
    },
    columns: (sql) => statementOf(sql, {}).columns(),
    run: (sql, modes, params) => statementOf(sql, modes).run(...params),
    get: (sql, modes, params) => statementOf(sql, modes).get(...params),
    all: (sql, modes, params) => statementOf(sql, modes).all(...params),
    beginRows(sql, modes, params) {
      cursors.set(++lastCursor, { rows: prepare(sql, modes).iterate(...params) });
      return lastCursor;
    },
    nextRows(id, count) {
      const cursor = cursors.get(id);
      if (cursor === undefined) return { rows: [], isEnd: true };
      const rows = [];
      try {
        if ('failure' in cursor) throw cursor.failure;
        while (rows.length < count) {
          const { done, value } = cursor.rows.next();
          if (done) break;
          rows.push(value);
        }
      } catch (error) {
        // The rows before it come first.
        if (rows.length === 0) {
          cursors.delete(id);
          throw error;
        }
        cursor.failure = error;
        return { rows, isEnd: false };
      }
      const isEnd = rows.length < count;
      if (isEnd) cursors.delete(id);
      return { rows, isEnd };
    },
    endRows,
    exec(sql) {
      database.exec(sql);
    },
    pragma: (text, options) => database.pragma(text, options),
    define(method, args) {
      database[method](...args.map(revive));
      // What was compiled before knows nothing of it.
      statements.clear();
    },
    backup: (destination, options, isWatched) =>
      database.backup(destination, {
        ...options,
        ...(isWatched ? { progress: (progress) => { parentPort.postMessage({ progress }); } } : {}),
      }),
    serialize: (options) => database.serialize(options),
    rollback() {
      for (const id of cursors.keys()) endRows(id);
      if (database.inTransaction) database.exec('ROLLBACK');
    },
    rollbackTo(name) {
      if (!database.inTransaction) return;
      try {
        database.exec('ROLLBACK TO ' + name + '; RELEASE ' + name);
      } catch (error) {
        // One that was not begun need not be ended.
        if (!/no such savepoint/.test(error.message)) throw error;
      }
    },
    close() {
      database.close();
    },
  };
}`;
