// The timers of Node as they were when the hub was loaded. The hub runs on them, so it must not get
// what `monkeyPatch({ timers: true })`, or a test's fake clock, puts in their place.
const host: typeof globalThis = globalThis;

export const clearTimeout: typeof host.clearTimeout = host.clearTimeout;
export const setImmediate: typeof host.setImmediate = host.setImmediate;
export const setTimeout: typeof host.setTimeout = host.setTimeout;
