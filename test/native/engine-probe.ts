import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const nativeDir = fileURLToPath(new URL('../../native/', import.meta.url));

/** What the probe says about one call: a result, the name of a fault, or why it could not run it. */
export type ProbeAnswer =
  { ok: true; result: unknown } | { ok: false; fault: string } | { error: string };

/** A function of the probe and its arguments; each character of a string is one byte. */
export interface ProbeCall {
  fn: string;
  args: readonly string[];
}

/** Runs a target of the engine's own Makefile; throws with its output when it fails. */
export function makeEngine(target: string): string {
  const { status, stdout, stderr, error } = spawnSync('make', ['-s', '-C', 'test', target], {
    cwd: nativeDir,
    encoding: 'utf8',
  });
  if (error) throw error;
  if (status !== 0) throw new Error(`make ${target} failed:\n${stdout}${stderr}`);
  return stdout;
}

/** Builds the probe when it is out of date, and asks it all calls at once. */
export function askProbe(calls: readonly ProbeCall[]): ProbeAnswer[] {
  makeEngine('probe');
  const input = calls
    .map(({ fn, args }) => [fn, ...args.map((arg) => Buffer.from(arg, 'latin1').toString('hex'))])
    .map((words) => `${words.join('\t')}\n`)
    .join('');
  const { status, stdout, error } = spawnSync(`${nativeDir}build/engine/engine_probe`, {
    input,
    encoding: 'utf8',
    maxBuffer: 1 << 28,
  });
  if (error) throw error;
  if (status !== 0) throw new Error(`the probe ended with exit code ${String(status)}`);
  return stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(quoteBigIntegers(line)) as ProbeAnswer);
}

/** JSON whose integers of 16 digits and more are strings, as a number cannot hold them exactly. */
export function quoteBigIntegers(json: string): string {
  return json.replace(/"(?:[^"\\]|\\.)*"|\d{16,}/g, (token) =>
    token.startsWith('"') ? token : `"${token}"`,
  );
}
