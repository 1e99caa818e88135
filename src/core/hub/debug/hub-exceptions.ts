import { hub } from '../hub.ts';

const silent = (): void => undefined;
let shown: ((error: unknown, where: string) => void) | undefined;

/** Whether errors that nobody took are reported (true, the default), or dropped (false). */
export function hubExceptions(state = true): void {
  if (state) {
    if (shown !== undefined && hub.report === silent) hub.report = shown;
    shown = undefined;
  } else if (hub.report !== silent) {
    shown = hub.report;
    hub.report = silent;
  }
}
