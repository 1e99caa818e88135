import Module from 'node:module';
import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { TimeCall } from './blocking-report.ts';
import { replaceMember } from './replace-member.ts';

const ownAddons = fileURLToPath(new URL('../../../../native/', import.meta.url));

/**
 * Measures the functions of the native addons that are loaded, and the methods of their classes; gives what
 * puts them back. Code that took a function out of an addon before is not seen; methods always are.
 */
export function watchAddons(time: TimeCall): () => void {
  const undo: (() => void)[] = [];
  for (const [path, module] of Object.entries(loadedModules())) {
    // Switching stacks is no call.
    if (!path.endsWith('.node') || path.startsWith(ownAddons) || module === undefined) continue;
    const { exports } = module;
    if (isObject(exports)) undo.push(...watchMembers(exports, basename(path), time, 2));
  }
  return () => {
    for (const each of undo) each();
  };
}

function loadedModules(): Record<string, { exports: unknown } | undefined> {
  return (Module as unknown as { _cache: Record<string, { exports: unknown } | undefined> })._cache;
}

function watchMembers(owner: object, label: string, time: TimeCall, depth: number): (() => void)[] {
  const undo: (() => void)[] = [];
  for (const name of Object.getOwnPropertyNames(owner)) {
    if (name === 'constructor') continue;
    const what = `${label}: ${name}`;
    const fn: unknown = Object.getOwnPropertyDescriptor(owner, name)?.value;
    if (typeof fn === 'function' && depth > 0) {
      const prototype = (fn as { prototype?: unknown }).prototype;
      if (isObject(prototype)) undo.push(...watchMembers(prototype, what, time, depth - 1));
    }
    undo.push(replaceMember(owner, name, (original) => timed(original, what, time)));
  }
  return undo;
}

/** A function that is called, and constructs, as the original does, with its properties. */
function timed<F extends (this: unknown, ...args: unknown[]) => unknown>(
  fn: F,
  what: string,
  time: TimeCall,
): F {
  const watched: F = new Proxy(fn, {
    apply: (_target, self, args: unknown[]) =>
      time(`${what}()`, () => Reflect.apply(fn, self, args)),
    construct: (_target, args: unknown[], newTarget) =>
      time(
        `new ${what}()`,
        () =>
          Reflect.construct(
            fn,
            args,
            (newTarget as unknown) === watched ? fn : newTarget,
          ) as object,
      ),
  });
  return watched;
}

function isObject(value: unknown): value is object {
  return (typeof value === 'object' && value !== null) || typeof value === 'function';
}
