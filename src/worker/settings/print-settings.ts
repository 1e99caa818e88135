import { inspect } from 'node:util';
import type { LoadedSettings } from './load-settings.ts';

/** Every setting on a line of its own, sorted by name: `--print-config`. */
export function printSettings({ settings, target, configFile }: LoadedSettings): string {
  const { serverOptions, ...own } = settings;
  const values: Record<string, unknown> = {
    ...own,
    ...serverOptions,
    app: target,
    config: configFile,
  };
  const names = Object.keys(values).sort();
  const lines = names.map(
    (name) => `${name} = ${inspect(values[name], { breakLength: Infinity })}\n`,
  );
  return lines.join('');
}
