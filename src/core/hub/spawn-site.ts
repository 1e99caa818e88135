/** Sites recorded per second at most: each costs microseconds, and tells least where most are made. */
const sitesPerSecond = 1000;

let left = sitesPerSecond;
let refilledAtMs = 0;
let isAlways = false;

/** Where something was made. The text is built when it is asked for. */
export interface Site {
  readonly stack?: string;
}

/** Records every spawn's site from now on (true), or as many as are cheap (false, the default). */
export function recordSpawnSites(always: boolean): void {
  isAlways = always;
}

/** The place that called the hub; undefined while more are made than are recorded. */
export function captureSite(below: (...args: never[]) => unknown): Site | undefined {
  if (left <= 0 && !isAlways) {
    const now = performance.now();
    if (now - refilledAtMs < 1000) return undefined;
    refilledAtMs = now;
    left = sitesPerSecond;
  }
  left--;
  const site: Site = {};
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = 6;
  Error.captureStackTrace(site, below);
  Error.stackTraceLimit = stackTraceLimit;
  return site;
}

/** Frames of the hub itself say nothing about the program. */
export function isOwnFrame(line: string): boolean {
  return line.includes(import.meta.dirname);
}

/** The frames of a site, one a line, without the heading. */
export function framesOf(site: Site | undefined): string[] {
  const lines = site?.stack?.split('\n') ?? [];
  return lines
    .map((line) => line.trim())
    .filter((line) => line.startsWith('at ') && !isOwnFrame(line));
}
