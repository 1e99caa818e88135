/** Node's blocking calls, made to park the green thread that makes them. */
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
