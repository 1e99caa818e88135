import type { LoadedSettings } from '../settings/load-settings.ts';
import type { BoundListener } from './bound-listeners.ts';

/** What workers are made of: all workers with the same settings and listeners are one generation. */
export interface Generation extends LoadedSettings {
  /** 0 at the start, one more with each reload. */
  readonly revision: number;
  readonly listeners: readonly BoundListener[];
  readonly env: NodeJS.ProcessEnv;
  /** Its workers load the app and serve nothing. */
  readonly isCheck: boolean;
}
