/**
 * What a thread of a `SqliteDatabase` runs: makes the object whose methods it calls from outside. A text, as for
 * every worker thread.
 */
export const sqliteSource = `(modulePath, filename, options, setup) => {
  const Database = require(modulePath);
  const database = new Database(filename, options);
  for (const sql of setup) database.exec(sql);
  const statements = new Map();
  const statementOf = (sql, modes) => {
    const key = modes.join() + ':' + sql;
    let statement = statements.get(key);
    if (statement === undefined) {
      statement = database.prepare(sql);
      for (const mode of modes) statement[mode](true);
      statements.set(key, statement);
      if (statements.size > 500) statements.delete(statements.keys().next().value);
    }
    return statement;
  };
  return {
    describe(sql) {
      const { reader, readonly } = statementOf(sql, []);
      return { reader, readonly };
    },
    columns: (sql) => statementOf(sql, []).columns(),
    run: (sql, modes, params) => statementOf(sql, modes).run(...params),
    get: (sql, modes, params) => statementOf(sql, modes).get(...params),
    all: (sql, modes, params) => statementOf(sql, modes).all(...params),
    exec(sql) {
      database.exec(sql);
    },
    pragma: (text, options) => database.pragma(text, options),
    rollback() {
      if (database.inTransaction) database.exec('ROLLBACK');
    },
    close() {
      database.close();
    },
  };
}`;
