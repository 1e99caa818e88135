import type { LoadedSettings } from '../settings/load-settings.ts';
import { takeSystemdSockets } from './systemd.ts';
import { takeInheritance } from './upgrade.ts';

/** What a process has from whoever started it. */
export interface Origin {
  /** Sockets of systemd: nothing else is listened on. */
  readonly fixedBinds: readonly string[] | null;
  readonly inheritance: ReturnType<typeof takeInheritance>;
}

/** Takes it out of the environment. */
export function takeOrigin(): Origin {
  const inheritance = takeInheritance(process.env);
  const fromSystemd = takeSystemdSockets(process.env);
  const inherited = inheritance.areFixed ? [...inheritance.sockets.keys()] : [];
  const binds = fromSystemd.length > 0 ? fromSystemd : inherited;
  return { inheritance, fixedBinds: binds.length > 0 ? binds : null };
}

/** Settings with other addresses, unless `binds` is null. */
export function withBinds(loaded: LoadedSettings, binds: readonly string[] | null): LoadedSettings {
  return binds === null ? loaded : { ...loaded, settings: { ...loaded.settings, bind: binds } };
}
