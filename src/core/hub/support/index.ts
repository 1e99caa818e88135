/**
 * Other people's drivers for green threads: what speaks promises, `fetch`, better-sqlite3, PostgreSQL's own library.
 *
 * @packageDocumentation
 */
export { cooperative, type Cooperative, type CooperativeOptions } from './cooperative.ts';
export { fetch } from './fetch.ts';
export { makeLibpqGreen } from './green-libpq.ts';
export type { Libpq } from './libpq.ts';
export { LibpqConnection, type LibpqOptions, type LibpqResult } from './libpq-connection.ts';
export {
  type SqliteBackupOptions,
  type SqliteBackupProgress,
  SqliteDatabase,
  type SqliteOptions,
  type SqliteTransaction,
} from './sqlite-database.ts';
export type {
  SqliteAggregateOptions,
  SqliteFunctionOptions,
  SqliteTableDefinition,
  SqliteTableOrigin,
} from './sqlite-functions.ts';
export type { SqliteRunResult, SqliteStatement } from './sqlite-statement.ts';
