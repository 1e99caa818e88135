import type { GreenStack } from '../native/index.ts';

/** Code that one stack runs on another, which then gives control back: at most one such visit is under way. */
export class StackVisits {
  /** What the stack that gets control has to run first; it gives control back by itself. */
  pending: (() => void) | undefined;

  /** Runs `visit` on the stack, and gives its value or throws its error on the one that asked. */
  run<T>(native: GreenStack, stack: number, visit: () => T): T {
    const back = native.runningStack();
    let finish: (() => T) | undefined;
    this.pending = () => {
      this.pending = undefined;
      try {
        const value = visit();
        finish = () => value;
      } catch (error) {
        finish = () => {
          throw error;
        };
      }
      native.switchTo(back);
    };
    native.switchTo(stack);
    if (finish === undefined) throw new Error('the visit was not made');
    return finish();
  }
}
