import { AsyncLocalStorage, AsyncResource } from 'node:async_hooks';
import type { GreenStack } from '../native/index.ts';
import type { Fiber } from './fiber.ts';

/**
 * Keeps each fiber's place in Node's bookkeeping of asynchronous context.
 *
 * Node 20 and 22 have one stack of (async id, trigger id, resource) per environment, and
 * AsyncLocalStorage hangs its values on the resource on top. A fiber that parks takes its entries
 * off, and puts them back when it goes on; otherwise the stacks of two fibers would interleave, and
 * Node aborts the process. Node 24 and later keep AsyncLocalStorage's values in V8, where the addon
 * saves and restores them with every switch, and check the stack only when hooks are enabled.
 */
export interface AsyncContext {
  /** Remembers the context of the running code for a fiber that is being spawned. */
  inherit(fiber: Fiber): void;
  /** The event loop's side is about to hand over: what lies on the stack now is not the fibers'. */
  markBase(): void;
  /** A fiber starts to run, on its stack. */
  begin(fiber: Fiber): void;
  /** Puts a fiber's entries on the stack: it runs next. */
  enter(fiber: Fiber): void;
  /** Takes the running fiber's entries off the stack: it stops running. */
  leave(fiber: Fiber): void;
  /** The same for good: it has finished. */
  discard(): void;
}

interface AsyncWrap {
  async_hook_fields: Uint32Array;
  async_id_fields: Float64Array;
  async_ids_stack: Float64Array;
  execution_async_resources: unknown[];
  constants: Record<string, number>;
  pushAsyncContext(asyncId: number, triggerAsyncId: number): void;
}

export function asyncContextFor(native: GreenStack): AsyncContext {
  const binding = asyncWrapBinding();
  return binding === undefined ? new FrameContext(native) : new StackContext(binding, native);
}

/** Undefined from Node 24 on. */
function asyncWrapBinding(): AsyncWrap | undefined {
  const { noDeprecation } = process;
  try {
    process.noDeprecation = true;
    const { binding } = process as unknown as { binding?: (name: string) => AsyncWrap };
    return binding?.('async_wrap');
  } catch {
    return undefined;
  } finally {
    if (noDeprecation === undefined) delete process.noDeprecation;
    else process.noDeprecation = noDeprecation;
  }
}

class FrameContext implements AsyncContext {
  readonly #native: GreenStack;

  constructor(native: GreenStack) {
    this.#native = native;
    // The original puts an entry on the async id stack while its function runs. That stack cannot
    // be reached here, and a function that parks would leave its entry to others, which is fatal once
    // hooks are enabled. So the function gets what AsyncLocalStorage needs, without an entry.
    replaceRunInAsyncScope(
      (original) =>
        function runInScope(fn, thisArg, ...args) {
          const before = native.getFrame();
          native.setFrame(original.call(this, () => native.getFrame()));
          try {
            return Reflect.apply(fn, thisArg, args);
          } finally {
            native.setFrame(before);
          }
        },
    );
  }

  inherit(fiber: Fiber): void {
    fiber.frame = this.#native.getFrame();
  }

  markBase(): void {
    // The addon saves the event loop's frame itself.
  }

  begin(fiber: Fiber): void {
    this.#native.setFrame(fiber.frame);
    fiber.frame = undefined;
  }

  enter(): void {
    // The addon restores a parked fiber's frame.
  }

  leave(): void {
    // Likewise.
  }

  discard(): void {
    this.#native.setFrame(undefined);
  }
}

/** Whether AsyncLocalStorage keeps its values in V8: Node 24 on, and 22 with a flag. */
function usesFrames(native: GreenStack): boolean {
  return new AsyncLocalStorage().run(1, () => native.getFrame() !== undefined);
}

let onGreenStack = (): boolean => false;

/** Tells which code runs on a stack of its own. @internal */
export function whenOnGreenStack(test: () => boolean): void {
  onGreenStack = test;
}

/** How a function runs in the scope of an `AsyncResource`. */
type RunInScope = (
  this: AsyncResource,
  fn: (...args: unknown[]) => unknown,
  thisArg?: unknown,
  ...args: unknown[]
) => unknown;

/** Replaces `AsyncResource#runInAsyncScope` for green threads; all other code gets the original. */
function replaceRunInAsyncScope(makeGreen: (original: RunInScope) => RunInScope): void {
  const prototype = AsyncResource.prototype as unknown as { runInAsyncScope: RunInScope };
  const original = prototype.runInAsyncScope;
  const inGreenThread = makeGreen(original);
  prototype.runInAsyncScope = function runInAsyncScope(fn, thisArg, ...args) {
    return (onGreenStack() ? inGreenThread : original).call(this, fn, thisArg, ...args);
  };
}

class StackContext implements AsyncContext {
  readonly #binding: AsyncWrap;
  readonly #fields: Uint32Array;
  readonly #ids: Float64Array;
  readonly #resources: unknown[];
  readonly #lengthAt: number;
  readonly #initAt: number;
  readonly #idAt: number;
  readonly #triggerAt: number;
  readonly #counterAt: number;
  readonly #frames: GreenStack | undefined;
  #base = 0;

  constructor(binding: AsyncWrap, native: GreenStack) {
    const at = (name: string): number => {
      const index = binding.constants[name];
      if (index === undefined) throw new Error(`async_wrap has no ${name}`);
      return index;
    };
    this.#frames = usesFrames(native) ? native : undefined;
    this.#binding = binding;
    this.#fields = binding.async_hook_fields;
    this.#ids = binding.async_id_fields;
    this.#resources = binding.execution_async_resources;
    this.#lengthAt = at('kStackLength');
    this.#initAt = at('kInit');
    this.#idAt = at('kExecutionAsyncId');
    this.#triggerAt = at('kTriggerAsyncId');
    this.#counterAt = at('kAsyncIdCounter');
    // AsyncLocalStorage keeps a value by setting it on the resource and setting it back. Two green
    // threads may be inside the same resource, so each gets a resource of its own that inherits.
    const push = this.#push.bind(this);
    const pop = this.#pop.bind(this);
    replaceRunInAsyncScope(
      () =>
        function runInScope(fn, thisArg, ...args) {
          push(this.asyncId(), this.triggerAsyncId(), Object.create(this));
          try {
            return Reflect.apply(fn, thisArg, args);
          } finally {
            pop();
          }
        },
    );
  }

  inherit(fiber: Fiber): void {
    if (this.#frames !== undefined) fiber.frame = this.#frames.getFrame();
    if ((this.#fields[this.#initAt] ?? 0) > 0) {
      // Hooks are enabled, AsyncLocalStorage's among them: they must see the new resource.
      const resource = new AsyncResource('GreenThread', { requireManualDestroy: true });
      fiber.asyncResource = resource;
      fiber.asyncId = resource.asyncId();
      fiber.triggerAsyncId = resource.triggerAsyncId();
    } else {
      fiber.asyncId = (this.#ids[this.#counterAt] ?? 0) + 1;
      this.#ids[this.#counterAt] = fiber.asyncId;
      fiber.triggerAsyncId = this.#ids[this.#idAt] ?? 0;
    }
  }

  markBase(): void {
    this.#base = this.#fields[this.#lengthAt] ?? 0;
  }

  begin(fiber: Fiber): void {
    this.#frames?.setFrame(fiber.frame);
    fiber.frame = undefined;
  }

  enter(fiber: Fiber): void {
    this.#push(fiber.asyncId, fiber.triggerAsyncId, fiber.asyncResource ?? fiber);
    const { asyncEntries } = fiber;
    if (asyncEntries === undefined) return;
    fiber.asyncEntries = undefined;
    for (let i = asyncEntries.length - 3; i >= 0; i -= 3) {
      this.#push(asyncEntries[i] as number, asyncEntries[i + 1] as number, asyncEntries[i + 2]);
    }
  }

  leave(fiber: Fiber): void {
    const bottom = this.#base + 1;
    let entries: unknown[] | undefined;
    let length: number;
    while ((length = this.#fields[this.#lengthAt] ?? 0) > bottom) {
      const resource = this.#resources[length - 1];
      (entries ??= []).push(this.#ids[this.#idAt], this.#ids[this.#triggerAt], resource);
      this.#pop();
    }
    fiber.asyncEntries = entries;
    this.#pop();
  }

  discard(): void {
    this.#frames?.setFrame(undefined);
    while ((this.#fields[this.#lengthAt] ?? 0) > this.#base) this.#pop();
  }

  #push(asyncId: number, triggerAsyncId: number, resource: unknown): void {
    const offset = this.#fields[this.#lengthAt] ?? 0;
    const stack = this.#binding.async_ids_stack;
    this.#resources[offset] = resource;
    if (offset * 2 >= stack.length) {
      this.#binding.pushAsyncContext(asyncId, triggerAsyncId); // grows the stack
      return;
    }
    stack[offset * 2] = this.#ids[this.#idAt] ?? 0;
    stack[offset * 2 + 1] = this.#ids[this.#triggerAt] ?? 0;
    this.#fields[this.#lengthAt] = offset + 1;
    this.#ids[this.#idAt] = asyncId;
    this.#ids[this.#triggerAt] = triggerAsyncId;
  }

  #pop(): void {
    const offset = (this.#fields[this.#lengthAt] ?? 0) - 1;
    if (offset < 0) return;
    const stack = this.#binding.async_ids_stack;
    this.#ids[this.#idAt] = stack[offset * 2] ?? 0;
    this.#ids[this.#triggerAt] = stack[offset * 2 + 1] ?? 0;
    this.#resources.length = offset;
    this.#fields[this.#lengthAt] = offset;
  }
}
