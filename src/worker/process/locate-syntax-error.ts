import { execFile } from 'node:child_process';

const PATIENCE_MS = 10_000;

/** What Node prints of a syntax error: file and line, the source, what is wrong. */
const located = /^(?:file:)?\/[^\n]*:\d+\n[^]*?SyntaxError: [^\n]*/m;

/**
 * Says in a `SyntaxError` where it is: in the module that `import()` refused, or in one that it imports. The exception
 * itself does not know; only a process that ends of it tells, so one is started. Nothing of the app runs there, because
 * what is imported first throws. Other exceptions, and errors behind an `import()` inside the module, stay as they are.
 *
 * @param url of the module
 */
export async function locateSyntaxError(error: unknown, url: string): Promise<void> {
  if (!(error instanceof SyntaxError) || located.test(error.stack ?? '')) return;
  const source = `import 'data:text/javascript,throw 0'; import ${JSON.stringify(url)};`;
  // The port of a debugger is taken.
  const options = process.execArgv.filter((option) => !option.startsWith('--inspect'));
  const printed = await new Promise<string>((resolve) => {
    execFile(
      process.execPath,
      [...options, '--input-type=module', '--eval', source],
      { timeout: PATIENCE_MS },
      (_error, _stdout, stderr) => {
        resolve(stderr);
      },
    );
  });
  const [found] = located.exec(printed) ?? [];
  if (found !== undefined) error.stack = found;
}
