/**
 * Other people's drivers for green threads: what speaks promises, `fetch`, better-sqlite3, PostgreSQL's own library.
 *
 * @packageDocumentation
 */
export { cooperative, type Cooperative, type CooperativeOptions } from './cooperative.ts';
export { fetch } from './fetch.ts';
export {
  type Libpq,
  LibpqConnection,
  type LibpqOptions,
  type LibpqResult,
} from './libpq-connection.ts';
export { SqliteDatabase, type SqliteOptions, type SqliteTransaction } from './sqlite-database.ts';
export type { SqliteRunResult, SqliteStatement } from './sqlite-statement.ts';
