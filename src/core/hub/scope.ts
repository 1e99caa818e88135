import { GudegError } from '../errors.ts';
import { block, type BlockingCall } from './blocking-call.ts';
import { type Interrupt, sourceOrder } from './fiber.ts';
import { GreenletExit } from './greenlet-exit.ts';
import { type GreenThread, runningThread } from './green-thread.ts';
import { hub } from './hub.ts';
import { type GreenFunction, startGreen } from './spawn.ts';
import { shield, Timeout } from './timeout.ts';
import { WaitQueue } from './wait-queue.ts';

/** How a scope behaves. */
export interface ScopeOptions {
  /** Seconds until everything in it is cancelled and a `Timeout` is thrown. */
  timeout?: number | undefined;
  /** With `timeout`: give undefined instead of throwing. Default false. */
  silent?: boolean | undefined;
  /** Keep kills and timeouts from outside out until it is over. Default false. */
  shield?: boolean | undefined;
}

/** Several children of one scope failed. `errors` has all of them, in order. */
export class ScopeError extends AggregateError {
  readonly code = 'GUDEG_ERR_HUB_SCOPE';

  constructor(errors: unknown[]) {
    super(
      errors,
      `${errors.length} green threads of one scope failed; the first: ${String(errors[0])}`,
    );
    this.name = 'ScopeError';
  }
}

const JOIN: BlockingCall<Scope, undefined> = { name: 'scope()', timedOut: () => undefined };

/** The children of one call of `scope`. */
export class Scope {
  readonly #owner: GreenThread;
  readonly #order = sourceOrder();
  readonly #children = new Set<GreenThread>();
  readonly #changed = new WaitQueue();
  readonly #errors: unknown[] = [];
  #interrupt: Interrupt | undefined;
  #isCancelled = false;
  #isClosed = false;

  /** @internal */
  constructor(owner: GreenThread) {
    this.#owner = owner;
  }

  /** Children that run. */
  get size(): number {
    return this.#children.size;
  }

  /** Whether it was cancelled. */
  get isCancelled(): boolean {
    return this.#isCancelled;
  }

  /**
   * Starts a child. When it fails, the scope's body and the other children are cancelled.
   *
   * @throws GudegError GUDEG_ERR_HUB_SCOPE when the scope is over or cancelled
   */
  spawn<A extends unknown[], T>(fn: GreenFunction<A, T>, ...args: A): GreenThread<T> {
    if (this.#isClosed || this.#isCancelled) {
      throw new GudegError(
        'GUDEG_ERR_HUB_SCOPE',
        `spawn() needs a scope that is open; this one is ${this.#isClosed ? 'over' : 'cancelled'}`,
      );
    }
    const thread = startGreen(fn, args);
    const child = thread as unknown as GreenThread;
    this.#children.add(child);
    // A link marks its error as taken: the scope throws it.
    thread.link(() => {
      this.#children.delete(child);
      if (!thread.successful() && !(this.#isCancelled && thread.killed))
        this.fail(thread.exception);
      if (this.#children.size === 0) this.#changed.settleAll(undefined);
    });
    return thread;
  }

  /** Ends everything in it: each park throws, in the body and in the children, until they have ended. */
  cancel(): void {
    if (this.#isCancelled) return;
    this.#isCancelled = true;
    for (const child of this.#children) {
      child.interruptWith(new GreenletExit('the scope was cancelled'), true);
    }
    if (this.#isClosed) return;
    this.#interrupt = {
      error: new GreenletExit('the scope was cancelled'),
      isSticky: true,
      level: this.#owner.shields,
      order: this.#order,
    };
    hub.interrupt(this.#owner, this.#interrupt);
  }

  /** How it stands now, in figures. */
  statistics(): { readonly size: number; readonly isCancelled: boolean } {
    return { size: this.size, isCancelled: this.#isCancelled };
  }

  /** @internal */
  fail(error: unknown): void {
    this.#errors.push(error);
    this.cancel();
  }

  /** Runs the body, then waits for the children whatever happens. @internal */
  run<T>(body: (scope: Scope) => T): T | undefined {
    let value: T | undefined;
    let outside: { error: unknown } | undefined;
    const guard = (step: () => void): void => {
      try {
        step();
      } catch (error) {
        if (error === this.#interrupt?.error) return;
        outside ??= { error };
        this.cancel();
      }
    };
    guard(() => {
      value = body(this);
    });
    guard(() => {
      if (this.#children.size > 0) block(this.#changed, JOIN, this as Scope);
    });
    this.#isClosed = true;
    shield(() => {
      while (this.#children.size > 0) block(this.#changed, JOIN, this as Scope);
    });
    if (this.#interrupt !== undefined) hub.takeBack(this.#owner, this.#interrupt);
    const errors = outside === undefined ? this.#errors : [outside.error, ...this.#errors];
    if (errors.length > 1) {
      // What came from outside (a timeout, a kill) is what its source has to see.
      if (outside !== undefined && isInterruption(outside.error)) throw outside.error;
      throw new ScopeError(errors);
    }
    if (errors.length === 1) throw errors[0];
    return value;
  }
}

/**
 * Runs `body`, and is over when every green thread that was spawned in it has ended.
 *
 * The first failure, of the body or of a child, cancels the rest. One error is thrown as it is,
 * several as a `ScopeError`. A kill or timeout from outside cancels the children, which have ended
 * (their `finally` blocks included) when it reaches the caller.
 *
 * @returns what `body` gives; undefined when the scope was cancelled without an error
 */
export function scope<T>(body: (scope: Scope) => T, options: ScopeOptions = {}): T | undefined {
  const owner = runningThread('scope()');
  const run = (): T | undefined => new Scope(owner).run(body);
  const timed = (): T | undefined =>
    options.timeout === undefined ? run() : new Timeout(options.timeout, !options.silent).run(run);
  return options.shield ? shield(timed) : timed();
}

function isInterruption(error: unknown): boolean {
  return error instanceof Timeout || error instanceof GreenletExit;
}
