/** What is done with an error that nobody can take, unless the program says otherwise. */
export function printUnhandled(error: unknown, where: string): void {
  const text = error instanceof Error ? (error.stack ?? String(error)) : String(error);
  process.stderr.write(`gudeg/green: unhandled error in ${where}: ${text}\n`);
}
