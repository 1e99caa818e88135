import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, statSync } from 'node:fs';
import type { Socket } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import type { ProgramEnd } from './node-program.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const cli = join(root, 'dist/worker/cli.js');

/** How a command is started. */
export interface CommandOptions {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Descriptors from 3 on. */
  readonly fds?: readonly number[];
  /** What to start the command with: `['unshare', '--pid']`. */
  readonly prefix?: readonly string[];
}

/** The built command `gudeg` in a process of its own, with its workers. */
export class GudegCommand implements AsyncDisposable {
  readonly child: ChildProcess;
  /** Resolves when it is gone and nobody holds its output any more. */
  readonly end: Promise<ProgramEnd>;
  stdout = '';
  stderr = '';
  #isOver = false;
  #wake: (() => void)[] = [];

  constructor(args: readonly string[], options: CommandOptions = {}) {
    refuseStaleBuild();
    const env = { ...process.env, ...options.env };
    delete env['NODE_OPTIONS'];
    const [command = '', ...rest] = [...(options.prefix ?? []), process.execPath, cli, ...args];
    this.child = spawn(command, rest, {
      cwd: options.cwd ?? root,
      env,
      stdio: ['ignore', 'pipe', 'pipe', ...(options.fds ?? [])],
    });
    // A command that a failed test left behind does not keep the runner.
    this.child.unref();
    for (const stream of [this.child.stdout, this.child.stderr]) (stream as Socket).unref();
    this.child.stdout?.on('data', (data: Buffer) => {
      this.stdout += data.toString();
      this.#notify();
    });
    this.child.stderr?.on('data', (data: Buffer) => {
      this.stderr += data.toString();
      this.#notify();
    });
    this.end = once(this.child, 'close').then(([code, signal]) => {
      this.#isOver = true;
      this.#notify();
      return {
        code: code as number | null,
        signal: signal as NodeJS.Signals | null,
        stdout: this.stdout,
        stderr: this.stderr,
      };
    });
  }

  get pid(): number {
    return this.child.pid ?? 0;
  }

  /** What `pattern` finds in the error log, as soon as it does. */
  logged(pattern: RegExp): Promise<RegExpExecArray> {
    return this.#found(pattern, () => this.stderr);
  }

  /** What `pattern` finds in the standard output, as soon as it does. */
  printed(pattern: RegExp): Promise<RegExpExecArray> {
    return this.#found(pattern, () => this.stdout);
  }

  /** The TCP port that it says it serves on. */
  async port(): Promise<number> {
    const [, port] = await this.logged(/on https?:\/\/\S+:(\d+)\/ /);
    return Number(port);
  }

  /** Forgets what it has logged so far. */
  forget(): void {
    this.stderr = '';
  }

  kill(signal: NodeJS.Signals): void {
    this.child.kill(signal);
  }

  async #found(pattern: RegExp, text: () => string): Promise<RegExpExecArray> {
    for (;;) {
      const found = pattern.exec(text());
      if (found !== null) return found;
      if (this.#isOver) {
        throw new Error(`${String(pattern)} was not printed: ${this.stdout}\n${this.stderr}`);
      }
      await new Promise<void>((resolve) => this.#wake.push(resolve));
    }
  }

  #notify(): void {
    const wake = this.#wake;
    this.#wake = [];
    for (const each of wake) each();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.child.kill('SIGKILL');
    await this.end;
  }
}

let isFresh: boolean | null = null;

/** Tests of a build that is older than its source would test nothing. */
function refuseStaleBuild(): void {
  isFresh ??= newest(join(root, 'dist'), /\.tsbuildinfo$/) >= newest(join(root, 'src'), /\.ts$/);
  if (!isFresh) throw new Error('dist/ is older than src/: npm run build:ts');
}

function newest(folder: string, pattern: RegExp): number {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true });
  const times = files
    .filter((file) => file.isFile() && pattern.test(file.name))
    .map((file) => statSync(join(file.parentPath, file.name)).mtimeMs);
  return Math.max(0, ...times);
}
