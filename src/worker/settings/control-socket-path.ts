import { resolve } from 'node:path';
import type { Settings } from './settings.ts';

/** Where the control socket is: named, or beside the pidfile; null = there is none. */
export function controlSocketPath(
  settings: Pick<Settings, 'controlSocket' | 'controlSocketDisable' | 'pidfile'>,
  folder: string = process.cwd(),
): string | null {
  const { controlSocket, controlSocketDisable, pidfile } = settings;
  if (controlSocketDisable) return null;
  if (controlSocket !== null) return resolve(folder, controlSocket);
  if (pidfile === null) return null;
  return `${resolve(folder, pidfile).replace(/\.pid$/, '')}.ctl`;
}

/** Whether anybody can ask what the workers do: only then they measure durations. */
export function isWatchable(settings: Settings): boolean {
  const { adminBind, statsdHost } = settings;
  return adminBind !== null || statsdHost !== null || controlSocketPath(settings) !== null;
}
