/** A case whose transcript differs from node:http's on purpose. */
export interface Deviation {
  /** The group and the title of the case. */
  readonly title: string;
  readonly reason: string;
}

/** Where gudeg/node-http does something else than node:http, and why. docs/compatibility.md says the same in prose. */
export const deviations: readonly Deviation[] = [];
