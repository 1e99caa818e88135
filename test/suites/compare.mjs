// Compares the results of two runs of a suite.

/**
 * @typedef {object} Difference
 * @property {string} test file and title
 * @property {string} file
 * @property {string} baseline state on node:http; `absent` if the test did not report
 * @property {string} ours state with node:http replaced
 * @property {string} [error] of the failed one
 */

/**
 * @param {Map<string, import('./suite-run.mjs').TestResult>} baseline
 * @param {Map<string, import('./suite-run.mjs').TestResult>} ours
 * @returns {Difference[]}
 */
export function compare(baseline, ours) {
  return [...new Set([...baseline.keys(), ...ours.keys()])].flatMap((test) => {
    const [before, after] = [baseline.get(test), ours.get(test)];
    if (before?.state === after?.state) return [];
    const { file } = before ?? after;
    const error = after?.error ?? before?.error;
    return {
      test,
      file,
      baseline: before?.state ?? 'absent',
      ours: after?.state ?? 'absent',
      error,
    };
  });
}

/** How many tests of a run came to `state`. */
export function count(tests, state) {
  return [...tests.values()].filter((test) => test.state === state).length;
}

/**
 * The first run with what passed only in the second one taken from there. What failed in the first, and isn't in
 * the second though its file is, was no test: the runner reports a file that it had to end as one.
 */
export function bestOf(first, second) {
  const merged = new Map(first);
  const files = new Set([...second.values()].map(({ file }) => file));
  for (const [test, { file, state }] of first) {
    if (state === 'failed' && files.has(file) && !second.has(test)) merged.delete(test);
  }
  for (const [test, result] of second) {
    if (result.state === 'passed' || !merged.has(test)) merged.set(test, result);
  }
  return merged;
}
