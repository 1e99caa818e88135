import childProcess from 'node:child_process';
import { type ChildOutcome, canRunGreen, runChild, type RunOptions } from './run-child.ts';
import { type AnyFunction, blameCaller, type Replacement, replacement } from './green-twin.ts';

/** `spawnSync`, `execFileSync` and `execSync` of node:child_process. */
export function childProcessReplacements(): Replacement[] {
  return [
    replacement(childProcess, 'spawnSync', spawnSyncGreen),
    replacement(childProcess, 'execFileSync', execFileSyncGreen),
    replacement(childProcess, 'execSync', execSyncGreen),
  ].filter((each) => each !== undefined);
}

function spawnSyncGreen(original: AnyFunction): AnyFunction {
  return function green(...all) {
    const call = parse(all);
    // What is wrong with the arguments the original says best, and before it does anything.
    if (call === undefined || !canRunGreen(call.options)) return original(...all);
    const outcome = runChild(call.file, call.args, call.options);
    if (outcome === undefined) return original(...all);
    blameCaller(outcome.error, green);
    return outcome;
  };
}

function execFileSyncGreen(original: AnyFunction): AnyFunction {
  return function green(...all) {
    const call = parse(all);
    if (call === undefined || !canRunGreen(call.options)) return original(...all);
    const { file, args, options } = call;
    const outcome = runChild(file, args, options);
    if (outcome === undefined) return original(...all);
    return stdoutOf(outcome, options, [options.argv0 ?? file, ...args].join(' '), green);
  };
}

function execSyncGreen(original: AnyFunction): AnyFunction {
  return function green(...all) {
    const [command, given] = all;
    const options = { ...(given as RunOptions | undefined) };
    options.shell = typeof options.shell === 'string' ? options.shell : true;
    const isPlain = typeof command === 'string' && command !== '' && canRunGreen(options);
    if (!isPlain) return original(...all);
    const outcome = runChild(command, [], options);
    if (outcome === undefined) return original(...all);
    return stdoutOf(outcome, options, command, green);
  };
}

/** What both `exec…Sync` give: the output, or an error with everything that is known of the child. */
function stdoutOf(
  outcome: ChildOutcome,
  options: RunOptions,
  command: string,
  below: AnyFunction,
): unknown {
  const { stderr } = outcome;
  if (!options.stdio && stderr !== null) process.stderr.write(stderr);
  if (outcome.error === undefined && outcome.status === 0) return outcome.stdout;
  const said = stderr === null || stderr.length === 0 ? '' : `\n${stderr.toString()}`;
  const error = outcome.error ?? new Error(`Command failed: ${command}${said}`);
  blameCaller(error, below);
  throw Object.assign(error, outcome);
}

/** `(file)`, `(file, args)`, `(file, options)`, `(file, args, options)`; undefined for anything else. */
function parse(all: unknown[]): { file: string; args: string[]; options: RunOptions } | undefined {
  const [file, second, third] = all;
  if (typeof file !== 'string' || file === '') return undefined;
  const hasArgs = Array.isArray(second);
  const given = hasArgs || second === undefined || second === null ? third : second;
  if (given !== undefined && given !== null && typeof given !== 'object') return undefined;
  return {
    file,
    args: hasArgs ? (second as string[]) : [],
    options: { ...(given as RunOptions | null | undefined) },
  };
}
