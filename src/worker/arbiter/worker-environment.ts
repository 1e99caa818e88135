import type { Settings } from '../settings/settings.ts';

/** The environment of the workers: ours, and `rawEnv`. */
export function workerEnvironment({ rawEnv }: Settings): NodeJS.ProcessEnv {
  const pairs = rawEnv.map((pair) => {
    const at = pair.indexOf('=');
    return at < 0 ? [pair, ''] : [pair.slice(0, at), pair.slice(at + 1)];
  });
  return { ...process.env, ...(Object.fromEntries(pairs) as NodeJS.ProcessEnv) };
}
