/** What a pool holds, and how long. Times are seconds. */
export interface ResourcePoolOptions<T> {
  /** Makes a resource, or promises one. In `get()` it runs in the green thread, and may block. */
  create: () => T | PromiseLike<T>;
  /** Seconds that `create` may take; then a `Timeout` is thrown. Default: forever. */
  createTimeout?: number | undefined;
  /** Ends a resource. It must not block, and may give a promise; its errors are reported. */
  destroy?: ((resource: T) => unknown) | undefined;
  /** Resources that are kept however long they are idle. Default 0. */
  minSize?: number | undefined;
  /** Resources that exist at a time, at most. Default 4. */
  maxSize?: number | undefined;
  /** Give the resource that came back last. Default false: the one that has rested longest. */
  orderAsStack?: boolean | undefined;
  /** Seconds that one may be idle; until then its timer keeps the process alive. Default: forever. */
  maxIdle?: number | undefined;
  /** Seconds that one may live; one in use is ended when it comes back. Default: forever. */
  maxAge?: number | undefined;
}

/** What a pool looks like from outside. */
export interface ResourcePoolStatistics {
  /** Resources that exist, or are being made. */
  readonly size: number;
  readonly idle: number;
  readonly inUse: number;
  readonly waiting: number;
  /** How many were made and ended so far. */
  readonly created: number;
  readonly destroyed: number;
}
