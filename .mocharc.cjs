/** Test files named on the command line run alone; without any, all of them run. */
const isNamed = process.argv.slice(2).some((argument) => argument.endsWith('.test.ts'));

module.exports = {
  // tsx compiles the tests; the condition `source` makes 'gudeg' mean src/ instead of dist/.
  'node-option': ['import=tsx/esm', 'conditions=source'],
  // Longer timeouts where GUDEG_TEST_PATIENCE asks for them.
  require: ['./test/support/patience.ts'],
  spec: isNamed ? [] : ['test/**/*.test.ts'],
  'forbid-only': true,
  slow: 75,
  timeout: 10_000,
};
