const named = new URL('uwebsockets-named.js', import.meta.url).href;

/**
 * Gives ES modules that import uWebSockets.js names, which the copy of it on npm has only for `require()`.
 *
 * @type {import('node:module').ResolveHook}
 */
export function resolve(specifier, context, next) {
  return specifier === 'uWebSockets.js'
    ? { url: named, shortCircuit: true }
    : next(specifier, context);
}
