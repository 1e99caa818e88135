import { jobFunction } from '../tpool/job-function.ts';

/** How a function of SQL is called. */
export interface SqliteFunctionOptions {
  /** It takes any number of arguments. Default: as many as its `length`. */
  varargs?: boolean | undefined;
  /** The same arguments give the same value: SQLite may call it less often. */
  deterministic?: boolean | undefined;
  /** Not to be used in triggers, views and the schema. */
  directOnly?: boolean | undefined;
  /** Integers come as BigInts. */
  safeIntegers?: boolean | undefined;
}

/** A function over many rows. The functions travel as their texts. */
export interface SqliteAggregateOptions extends SqliteFunctionOptions {
  /** What the first step is given; a function gives it anew for each group. Default null. */
  start?: unknown;
  /** Gives what the next step is given: `(total, ...values)`. */
  step: (...args: never[]) => unknown;
  /** Takes a row back: with it the aggregate is a window function too. */
  inverse?: ((...args: never[]) => unknown) | undefined;
  /** Makes the value of the last step's. Default: that itself. */
  result?: ((total: never) => unknown) | undefined;
}

/** A table of SQL whose rows a generator makes. The functions travel as their texts. */
export interface SqliteTableDefinition {
  /** The names of its columns. */
  columns: readonly string[];
  /** Gives the rows, as arrays or objects; its parameters are arguments of the table in SQL. */
  rows: (...args: never[]) => Generator;
  /** The names of its parameters, which are hidden columns. Default: `$1`, `$2` and so on. */
  parameters?: readonly string[] | undefined;
  /** Not to be used in triggers, views and the schema. */
  directOnly?: boolean | undefined;
  /** Integers come as BigInts. */
  safeIntegers?: boolean | undefined;
}

/** Which table of a module is made: `create virtual table DATABASE.TABLE using MODULE(...)`. */
export interface SqliteTableOrigin {
  readonly module: string;
  readonly database: string;
  readonly table: string;
}

/** What a thread makes a function of. */
interface FunctionText {
  readonly functionText: string;
}

/** A value for another thread, its functions as texts; what is undefined is left out. */
export function portable(name: string, value: unknown): unknown {
  if (typeof value === 'function') return functionText(name, value as () => unknown);
  if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value)) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, each]) => each !== undefined)
      .map(([key, each]) => [
        key,
        typeof each === 'function' ? functionText(key, each as () => unknown) : (each as unknown),
      ]),
  );
}

function functionText(name: string, fn: () => unknown): FunctionText {
  // A method's text is one only in its object.
  const text = Function.prototype.toString.call(fn);
  const isMethod =
    /^(async\s+|\*\s*)*[\w$]+\s*\(/.test(text) && !/^(async\s+)?function\b/.test(text);
  const inObject = `Object.values({ ${text} })[0]`;
  if (isMethod && compiles(inObject)) return { functionText: inObject };
  const job = jobFunction(name, fn);
  return { functionText: 'text' in job ? job.text : '' };
}

function compiles(text: string): boolean {
  try {
    // Compiled only, never called.
    Reflect.construct(Function, [`return (${text})`]);
    return true;
  } catch {
    return false;
  }
}
