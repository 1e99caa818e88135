/** Node's blocking calls, made to park the green thread that makes them. */
export { importPatched, inject, type Substitutes } from './import-patched.ts';
export {
  blockingFunctions,
  isMonkeyPatched,
  monkeyPatch,
  original,
  patchFunction,
  type PatchName,
  type PatchOptions,
  restore,
} from './monkey-patch.ts';
