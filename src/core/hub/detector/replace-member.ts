type AnyFunction = (this: unknown, ...args: unknown[]) => unknown;

/** Replaces a function of an object, if there is one that can be replaced; gives what puts it back. */
export function replaceMember(
  owner: object,
  name: string,
  make: (fn: AnyFunction) => AnyFunction,
): () => void {
  const before = Object.getOwnPropertyDescriptor(owner, name);
  const fn: unknown = before?.value;
  if (before === undefined || typeof fn !== 'function') return () => undefined;
  const made = make(fn as AnyFunction);
  if (!Reflect.defineProperty(owner, name, { ...before, value: made })) return () => undefined;
  return () => {
    const now: unknown = Object.getOwnPropertyDescriptor(owner, name)?.value;
    // Somebody else may have wrapped it since; that is theirs to undo.
    if (now === made) Reflect.defineProperty(owner, name, before);
  };
}
