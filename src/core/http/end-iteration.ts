/**
 * Ends an iteration that nobody goes on with, so that what stands behind it lets go of what it
 * holds. A stream is destroyed: its iterator would not do that before it has begun.
 */
export function endIteration(
  iterable: AsyncIterable<unknown> | Iterable<unknown>,
  iterator: AsyncIterator<unknown> | Iterator<unknown>,
): void {
  const { destroy } = iterable as { destroy?: unknown };
  try {
    if (typeof destroy === 'function') {
      destroy.call(iterable);
    } else {
      // What it says to that concerns nobody any more.
      Promise.resolve(iterator.return?.()).then(undefined, () => undefined);
    }
  } catch {
    // The same, said at once.
  }
}
