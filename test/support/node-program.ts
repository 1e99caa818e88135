import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** How a program ended. */
export interface ProgramEnd {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** What a program has beside its text. */
export interface ProgramOptions {
  readonly env?: Readonly<Record<string, string>>;
  /** Of Node. */
  readonly flags?: readonly string[];
}

/** A Node process of its own, in which 'gudeg' means src/. */
export class NodeProgram implements AsyncDisposable {
  readonly child: ChildProcess;
  /** Resolves when it is gone. */
  readonly end: Promise<ProgramEnd>;
  #stdout = '';
  #stderr = '';

  private constructor(args: readonly string[], cwd: string, more: ProgramOptions = {}) {
    const env = { ...process.env, ...more.env };
    delete env['NODE_OPTIONS'];
    const flags = [
      ...(more.flags ?? []),
      ...['--import', import.meta.resolve('tsx/esm'), '--conditions', 'source'],
    ];
    this.child = spawn(process.execPath, [...flags, ...args], {
      cwd,
      env,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.child.stdout?.on('data', (data: Buffer) => (this.#stdout += data.toString()));
    this.child.stderr?.on('data', (data: Buffer) => (this.#stderr += data.toString()));
    this.end = once(this.child, 'close').then(([code, signal]) => ({
      code: code as number | null,
      signal: signal as NodeJS.Signals | null,
      stdout: this.#stdout,
      stderr: this.#stderr,
    }));
  }

  /** Runs a file of the checkout with arguments. */
  static file(path: string, args: readonly string[] = [], cwd: string = root): NodeProgram {
    return new NodeProgram([`${root}/${path}`, ...args], cwd);
  }

  /** Runs a module's text. */
  static text(source: string, options: ProgramOptions = {}): NodeProgram {
    return new NodeProgram(['--input-type=module', '--eval', source], root, options);
  }

  /** What `pattern` finds in the output, as soon as it does. */
  async printed(pattern: RegExp): Promise<RegExpExecArray> {
    for (;;) {
      const found = pattern.exec(this.#stdout);
      if (found !== null) return found;
      const stream = this.child.stdout;
      if (stream === null || stream.readableEnded) {
        throw new Error(`${String(pattern)} was not printed: ${this.#stdout}\n${this.#stderr}`);
      }
      await Promise.race([once(stream, 'data'), once(stream, 'end')]);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.child.kill('SIGKILL');
    await this.end;
  }
}
