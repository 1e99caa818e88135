/** Where a body is in its life; every body is used once (Degu's `state`). */
export const BodyState = {
  /** Nothing was read or written yet. */
  READY: 0,
  /** Some of it was. */
  STARTED: 1,
  /** The end was reached. */
  CONSUMED: 2,
  /** An operation failed; nothing more can be had. */
  ERROR: 3,
} as const;

/** 0 READY, 1 STARTED, 2 CONSUMED, 3 ERROR. */
export type BodyState = (typeof BodyState)[keyof typeof BodyState];
