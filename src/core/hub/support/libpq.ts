/** What is used of an object of the package `libpq`. */
export interface Libpq {
  /** Connects on a thread of the pool. */
  connect(params: string, callback: (error: unknown) => void): void;
  /** The descriptor of the connection. */
  socket(): number;
  /** Closes the connection. */
  finish(): void;
  /** Whether calls may block from now on; false when that failed. */
  setNonBlocking(isNonBlocking: boolean): boolean;
  /** Queues statements without values; false when that failed. */
  sendQuery(text: string): boolean;
  /** Queues one statement with values; false when that failed. */
  sendQueryParams(text: string, values: readonly (string | null)[]): boolean;
  /** Writes what is queued: 0 all, 1 some is left, -1 failed. */
  flush(): number;
  /** Reads what has come; false when that failed. */
  consumeInput(): boolean;
  /** Whether `getResult()` would block. */
  isBusy(): boolean;
  /** Takes the next result; false when there is none. */
  getResult(): boolean;
  /** The name of the status of the result, such as `PGRES_TUPLES_OK`. */
  resultStatus(): string;
  /** What the server says is wrong with the statement. */
  resultErrorMessage(): string;
  /** The same by field: `sqlState`, `messagePrimary`, … */
  resultErrorFields(): Record<string, unknown>;
  /** What went wrong last on the connection. */
  errorMessage(): string;
  /** What was done, such as `INSERT 0 1`. */
  cmdStatus(): string;
  /** How many rows it changed, in digits. */
  cmdTuples(): string;
  /** Rows of the result. */
  ntuples(): number;
  /** Columns of the result. */
  nfields(): number;
  /** The name of a column. */
  fname(field: number): string;
  /** The number of the type of a column. */
  ftype(field: number): number;
  /** A value as the text of the server. */
  getvalue(row: number, field: number): string;
  /** Whether a value is NULL. */
  getisnull(row: number, field: number): boolean;
  /** Asks the server to stop the statement that runs; a text says why that failed. */
  cancel(): true | string;
  /** Forgets the result that was taken last. */
  clear(): void;
  /** Ends `COPY … FROM STDIN`, with a text as a failure; 1 queued, 0 it would block, -1 failed. */
  putCopyEnd(errorMessage?: string): number;
  /** A line of `COPY … TO STDOUT`; 0 none has come yet, -1 there are no more, -2 failed. */
  getCopyData(isAsync: boolean): Buffer | number;
}
