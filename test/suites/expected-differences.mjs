// Tests of other projects that pass on node:http and not on gudeg/node-http, each with its reason.
// docs/compatibility.md lists them; test/repository holds the two together.

/** @type {{ suite: string, test: string, reason: string }[]} */
export const expectedDifferences = [];
