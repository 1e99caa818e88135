/** How to kill. */
export interface KillOptions {
  /**
   * Throw at every later park too, until the thread has ended: nothing it does can keep it alive
   * except a loop that never parks. Default false: thrown once, and `finally` blocks may park.
   */
  sticky?: boolean | undefined;
  /** Wait until the victim has ended. Default false. */
  block?: boolean | undefined;
  /** With `block`: seconds to wait at most. */
  timeout?: number | undefined;
}
