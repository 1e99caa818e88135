/**
 * `node --import gudeg/green/auto app.js` runs a program as it is, with everything patched that
 * `monkeyPatch` can patch. It exports nothing.
 *
 * @packageDocumentation
 */
export {} from './preload.ts';
