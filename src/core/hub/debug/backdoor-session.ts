import type { Socket } from 'node:net';
import type * as Repl from 'node:repl';
import { inspect } from 'node:util';
import { type Context, Script } from 'node:vm';
import { dump, formatDump, type GreenThreadDump } from '../dump.ts';
import type { GreenThread } from '../green-thread.ts';
import { hub } from '../hub.ts';
import type { HubStatistics } from '../hub-statistics.ts';
import { getcurrent, sleep, spawn, startGreen } from '../spawn.ts';
import { wait } from '../wait.ts';

type Done = (error: Error | null, value?: unknown) => void;

/** What every session can say beside what it was given. */
const vocabulary = {
  threads,
  statistics: (): HubStatistics => hub.statistics(),
  getcurrent,
  sleep,
  spawn,
  wait,
};

/**
 * A prompt on a connection: each line is evaluated in a green thread of its own, so it may block, and nothing
 * stops meanwhile.
 *
 * @param repl node's module, which loads `node:domain`: not before somebody wants a prompt
 * @returns what ends it
 */
export function startSession(
  repl: typeof Repl,
  socket: Socket,
  banner: string | null,
  locals: Readonly<Record<string, unknown>>,
): () => void {
  const running = new Set<GreenThread>();
  if (banner !== null) socket.write(`${banner}\n`);
  const evaluate = (code: string, context: Context, file: string, done: Done): void => {
    let script: Script;
    try {
      script = compile(code, file);
    } catch (error) {
      done(isIncomplete(error) ? new repl.Recoverable(error as Error) : (error as Error));
      return;
    }
    const thread = startGreen(() => script.runInContext(context) as unknown, []);
    running.add(thread);
    thread.link(() => {
      running.delete(thread);
      // What is thrown need not be an error.
      if (thread.successful()) done(null, thread.value);
      else done(thread.exception as Error);
    });
  };
  const prompt = repl.start({ prompt: '> ', input: socket, output: socket, eval: evaluate });
  const end = (): void => {
    prompt.close();
    socket.end();
    for (const thread of running) thread.kill();
  };
  Object.assign(prompt.context, vocabulary, { exit: end, quit: end }, locals);
  prompt.on('exit', end);
  socket.on('close', end);
  socket.on('error', end);
  return end;
}

/** What begins with a brace is meant as an object. */
function compile(code: string, filename: string): Script {
  if (/^\s*\{.*\}\s*$/s.test(code)) {
    try {
      return new Script(`(${code.trim()})`, { filename });
    } catch {
      // A block, then.
    }
  }
  return new Script(code, { filename });
}

/** Whether more lines could make it right. */
function isIncomplete(error: unknown): boolean {
  return (
    error instanceof SyntaxError &&
    /^(Unexpected end of input|Unterminated template|missing \) after argument list)/.test(
      error.message,
    )
  );
}

/** All green threads, shown with their stacks. */
function threads(): GreenThreadDump[] {
  const all = dump();
  Object.defineProperty(all, inspect.custom, { value: () => formatDump(all) });
  return all;
}
