import type { RunOptions } from './run-child.ts';

/** All that is needed to start a child process away from the event loop. */
export interface ChildPlan {
  /** Looked for in the PATH of `environment` when there is no slash in it. */
  readonly file: string;
  /** From argv[0] on. */
  readonly args: readonly string[];
  /** `NAME=value`. */
  readonly environment: readonly string[];
  readonly folder: string;
  /** A letter for each descriptor: `p` a pipe, `i` inherited, `n` none. */
  readonly streams: string;
  readonly isDetached: boolean;
}

const standardStreams = 3;

/**
 * What node:child_process would start for this call. Undefined for what only it can do, and for whatever may be wrong:
 * that it says best.
 */
export function planChild(
  file: string,
  args: readonly unknown[],
  options: RunOptions & { detached?: unknown },
): ChildPlan | undefined {
  const { argv0, cwd, detached, env, gid, shell = false, uid, windowsHide } = options;
  const isPlain =
    process.platform === 'linux' &&
    // What a process may do is node's to look after.
    (process as { permission?: unknown }).permission === undefined &&
    isNothing(uid) &&
    isNothing(gid) &&
    (shell === true || shell === false || isPath(shell)) &&
    // Node warns of arguments for a shell.
    (shell === false || args.length === 0) &&
    isNothingOr('boolean', detached) &&
    isNothingOr('boolean', windowsHide) &&
    isNothingOr('object', env) &&
    (isNothing(cwd) || isPath(cwd)) &&
    (isNothing(argv0) || isText(argv0)) &&
    isPath(file) &&
    args.every(isText);
  if (!isPlain) return undefined;
  const streams = streamsOf(options.stdio);
  const environment = environmentOf(env ?? process.env);
  if (streams === undefined || environment === undefined) return undefined;
  const program = shell === false ? file : shell === true ? '/bin/sh' : shell;
  const rest = shell === false ? args : ['-c', file];
  return {
    file: program,
    args: [argv0 ?? program, ...(rest as string[])],
    environment,
    folder: (cwd as string | null | undefined) ?? '.',
    streams,
    isDetached: detached === true,
  };
}

function isNothing(value: unknown): value is null | undefined {
  return value === undefined || value === null;
}

function isNothingOr(type: 'boolean' | 'object', value: unknown): boolean {
  return isNothing(value) || typeof value === type;
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && !value.includes('\0');
}

function isPath(value: unknown): value is string {
  return isText(value) && value !== '';
}

function streamsOf(stdio: unknown): string | undefined {
  const given: unknown[] = Array.isArray(stdio)
    ? [...(stdio as unknown[])]
    : new Array<unknown>(standardStreams).fill(stdio);
  while (given.length < standardStreams) given.push(undefined);
  const letters = given.map((each, descriptor) => {
    const isStandard = descriptor < standardStreams;
    if (each === 'pipe') return 'p';
    if (each === 'ignore') return 'n';
    if (isNothing(each)) return isStandard ? 'p' : 'n';
    // Others may be closed, or be something else, by the time the child starts.
    return isStandard && (each === 'inherit' || each === descriptor) ? 'i' : '';
  });
  return letters.includes('') ? undefined : letters.join('');
}

function environmentOf(env: NodeJS.ProcessEnv): string[] | undefined {
  const pairs: string[] = [];
  // Inherited names count, as they do in node.
  for (const name in env) {
    const value: unknown = env[name];
    if (value === undefined) continue;
    if (!['string', 'number', 'boolean'].includes(typeof value)) return undefined;
    pairs.push(`${name}=${value as string}`);
  }
  // Children are to be covered too, whatever their environment.
  const coverage = process.env['NODE_V8_COVERAGE'];
  if (coverage && !Object.hasOwn(env, 'NODE_V8_COVERAGE')) {
    pairs.push(`NODE_V8_COVERAGE=${coverage}`);
  }
  return pairs.some((pair) => pair.includes('\0')) ? undefined : pairs;
}
