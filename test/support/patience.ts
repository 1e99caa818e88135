import type { Hook, RootHookObject, Suite } from 'mocha';

/**
 * How much slower than usual everything is, by the environment variable GUDEG_TEST_PATIENCE: under a sanitizer, on a
 * machine with much else to do. All timeouts of tests and hooks grow by it that are set before they run (one that
 * a test's body sets is as long as it says), and so do deadlines that a test gives to a process. Default 1.
 */
export const patience: number = parseFloat(process.env['GUDEG_TEST_PATIENCE'] ?? '1');

/** Mocha keeps them without saying so. */
type Hooks = Record<'_beforeAll' | '_beforeEach' | '_afterEach' | '_afterAll', readonly Hook[]>;

function extendTimeouts(suite: Suite): void {
  const { _beforeAll, _beforeEach, _afterEach, _afterAll } = suite as unknown as Hooks;
  for (const each of [..._beforeAll, ..._beforeEach, ..._afterEach, ..._afterAll, ...suite.tests]) {
    each.timeout(each.timeout() * patience);
  }
  for (const each of suite.suites) extendTimeouts(each);
}

export const mochaHooks: RootHookObject = {
  beforeAll(this: Mocha.Context) {
    const root = this.test?.parent;
    if (root !== undefined && patience !== 1) extendTimeouts(root);
  },
};
