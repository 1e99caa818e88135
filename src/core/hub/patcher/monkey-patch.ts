import { createRequire, syncBuiltinESMExports } from 'node:module';
import { GudegTypeError, invalidArgType } from '../../errors.ts';
import { atomicsReplacements } from './atomics.ts';
import { childProcessReplacements } from './child-process.ts';
import { cryptoReplacements } from './crypto.ts';
import { dnsReplacements } from './dns.ts';
import { fsReplacements } from './fs.ts';
import type { Replacement } from './green-twin.ts';
import { httpReplacements } from './http.ts';
import { timersReplacements } from './timers.ts';
import { keepRequireWhole, withoutParking } from './without-parking.ts';
import { zlibReplacements } from './zlib.ts';

interface Part {
  /** As Node calls the module; undefined for what is no module. */
  readonly module?: string;
  /** Not patched unless it is named. */
  readonly isOptIn?: boolean;
  readonly make: () => Replacement[];
}

/** What `monkeyPatch` can patch. */
export type PatchName =
  'fs' | 'childProcess' | 'zlib' | 'crypto' | 'atomics' | 'dns' | 'timers' | 'http';

const parts: Record<PatchName, Part> = {
  fs: { module: 'fs', make: fsReplacements },
  childProcess: { module: 'child_process', make: childProcessReplacements },
  zlib: { module: 'zlib', make: zlibReplacements },
  crypto: { module: 'crypto', make: cryptoReplacements },
  atomics: { make: atomicsReplacements },
  dns: { module: 'dns', make: dnsReplacements },
  timers: { module: 'timers', isOptIn: true, make: timersReplacements },
  http: { module: 'http', isOptIn: true, make: httpReplacements },
};

/** Which parts to patch: those that are true; without any, all but `timers`, `http` and those that are false. */
export type PatchOptions = Partial<Record<PatchName, boolean | undefined>>;

const names = Object.keys(parts) as PatchName[];
const require = createRequire(import.meta.url);
/** Made once: what was taken from a module stays what it is when the module is patched again. */
const replacements = new Map<PatchName, Replacement[]>();
const holders = new Map<PatchName, number>();
const patched = new Set<PatchName>();

/**
 * Lets calls of Node's library that block the event loop park the green thread that makes them: the
 * `…Sync` functions of `fs`, `zlib`, `crypto` and `child_process`, and `Atomics.wait`. `dns.lookup` uses
 * the hub's cache. Code on the event loop's own stack gets what it always got.
 *
 * Results and errors are those of the originals. ES modules that import a function by name get the
 * patched one, whether they were loaded before or after; what a CommonJS module has taken apart
 * (`const { readFileSync } = require('fs')`) before stays as it was. So patch first.
 *
 * Patching again is harmless. A function blocks as ever while `require()` runs on the green thread,
 * and when the process is exiting.
 *
 * `timers` and `http` are patched only when named. With `timers` what a green thread sets off with
 * `setTimeout`, `setInterval` or `setImmediate` runs in a green thread; with `http` the listeners of
 * node:http's and node:https's servers for requests do.
 *
 * @throws TypeError GUDEG_ERR_INVALID_OPTION for a part that does not exist
 */
export function monkeyPatch(options: PatchOptions = {}): void {
  for (const name of chosen(options)) {
    if (patched.has(name)) continue;
    patched.add(name);
    hold(name);
  }
  syncBuiltinESMExports();
}

/** Undoes `monkeyPatch`, for all parts or for some. What is not patched stays as it is. */
export function restore(...some: PatchName[]): void {
  for (const name of some.length === 0 ? [...patched] : some.map(checkName)) {
    if (patched.delete(name)) release(name);
  }
  syncBuiltinESMExports();
}

/**
 * Whether a part is patched.
 *
 * @param name of a part (`childProcess`) or a module (`child_process`, `node:child_process`)
 */
export function isMonkeyPatched(name: string): boolean {
  const part = partNamed(name);
  return part !== undefined && (holders.get(part) ?? 0) > 0;
}

/**
 * The functions of a part as Node made them, whether it is patched or not: for code on a green thread
 * that has to block. They take their arguments and need no `this`.
 *
 * @param name of a part (`childProcess`) or a module (`child_process`, `node:child_process`)
 * @throws TypeError GUDEG_ERR_INVALID_ARG_VALUE for a part that does not exist
 */
export function original(name: string): Readonly<Record<string, (...args: never[]) => unknown>> {
  if (typeof name !== 'string') throw invalidArgType('name', 'a string', name);
  const part = partNamed(name);
  if (part === undefined) {
    throw new GudegTypeError(
      'GUDEG_ERR_INVALID_ARG_VALUE',
      `name must be one of ${names.join(', ')} or the name of their module; got '${name}'`,
    );
  }
  const originals: Record<string, (...args: never[]) => unknown> = {};
  const all = replacementsOf(part);
  for (const { owner, name: key, original: fn, isMethod } of all) {
    if (owner !== all[0]?.owner || isMethod === true) continue;
    // Node's own functions call each other by way of the module, where the patched ones are.
    originals[key] = (...args) => withoutParking(() => fn(...args));
  }
  return Object.freeze(originals);
}

/**
 * A function that runs `fn` with parts of Node's library patched for as long as it runs, whoever else
 * runs meanwhile included.
 *
 * @param some parts; without any, all but `timers` and `http`
 */
export function patchFunction<This, A extends unknown[], T>(
  fn: (this: This, ...args: A) => T,
  ...some: PatchName[]
): (this: This, ...args: A) => T {
  if (typeof fn !== 'function') throw invalidArgType('fn', 'a function', fn);
  const wanted = some.length === 0 ? chosen({}) : some.map(checkName);
  return function patchedFunction(this: This, ...args: A): T {
    wanted.forEach(hold);
    syncBuiltinESMExports();
    try {
      return Reflect.apply(fn, this, args);
    } finally {
      wanted.forEach(release);
      syncBuiltinESMExports();
    }
  };
}

/**
 * Modules of Node with the functions that `monkeyPatch` would put into them, by their names; the modules stay
 * as they are.
 *
 * @param some parts; without any, all that are modules but `timers` and `http`
 * @internal
 */
export function greenCopies(some: readonly PatchName[]): Record<string, object> {
  const wanted = some.length === 0 ? chosen({}) : some.map(checkName);
  const copies: Record<string, object> = {};
  for (const part of wanted) {
    const { module } = parts[part];
    if (module === undefined) continue;
    keepRequireWhole();
    const all = replacementsOf(part);
    // A method of its objects belongs to all who use them.
    const own = all.filter(({ owner, isMethod }) => owner === all[0]?.owner && isMethod !== true);
    const original = require(module) as object;
    const copy = Object.defineProperties({}, Object.getOwnPropertyDescriptors(original));
    for (const { name, twin } of own) put(copy, name, twin);
    copies[module] = copy;
  }
  return copies;
}

/** Every function of Node that blocks and that a part of `monkeyPatch` is about. */
export function blockingFunctions(): { owner: object; name: string; label: string }[] {
  return names
    .flatMap((part) => replacementsOf(part).map(({ owner, name }) => ({ part, owner, name })))
    .filter(({ owner, name }) => name.endsWith('Sync') || owner === Atomics)
    .map(({ part, owner, name }) => {
      const of = owner === Atomics ? 'Atomics' : (parts[part].module ?? part);
      return { owner, name, label: `${of}.${name}` };
    });
}

function hold(name: PatchName): void {
  const count = holders.get(name) ?? 0;
  holders.set(name, count + 1);
  if (count > 0) return;
  keepRequireWhole();
  for (const { owner, name: key, twin } of replacementsOf(name)) put(owner, key, twin);
}

function release(name: PatchName): void {
  const count = holders.get(name) ?? 0;
  holders.set(name, count - 1);
  if (count > 1) return;
  for (const { owner, name: key, original: fn, twin, isMethod } of replacementsOf(name)) {
    // Somebody else may have wrapped it since; that is theirs to undo.
    if ((owner as Record<string, unknown>)[key] !== twin) continue;
    if (isMethod === true) Reflect.deleteProperty(owner, key);
    else put(owner, key, fn);
  }
}

function put(owner: object, key: string, value: unknown): void {
  const descriptor = Object.getOwnPropertyDescriptor(owner, key);
  Object.defineProperty(owner, key, {
    configurable: true,
    enumerable: descriptor?.enumerable ?? true,
    writable: true,
    value,
  });
}

function replacementsOf(name: PatchName): Replacement[] {
  let made = replacements.get(name);
  if (made === undefined) {
    made = parts[name].make();
    replacements.set(name, made);
  }
  return made;
}

function chosen(options: PatchOptions): PatchName[] {
  const keys = Object.keys(options).map(checkName);
  const wanted = keys.filter((key) => options[key] === true);
  if (wanted.length > 0) return wanted;
  return names.filter((key) => options[key] !== false && !parts[key].isOptIn);
}

function checkName(name: string): PatchName {
  if (Object.hasOwn(parts, name)) return name as PatchName;
  throw new GudegTypeError(
    'GUDEG_ERR_INVALID_OPTION',
    `monkeyPatch() has no part '${name}'; it has ${names.join(', ')}`,
  );
}

function partNamed(name: string): PatchName | undefined {
  if (Object.hasOwn(parts, name)) return name as PatchName;
  const module = name.replace(/^node:/, '');
  return names.find((key) => parts[key].module === module);
}
