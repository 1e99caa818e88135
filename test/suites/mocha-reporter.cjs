// Writes one line of JSON for each test to the file that SUITE_RESULTS names.
const { appendFileSync } = require('node:fs');

module.exports = class ResultReporter {
  constructor(runner) {
    const write = (record) =>
      appendFileSync(process.env.SUITE_RESULTS, `${JSON.stringify(record)}\n`);
    const record = (test, state, error) =>
      write({
        file: test.file ?? test.parent?.file ?? '',
        title: test.titlePath().join(' > '),
        state,
        ...(error && { error: String(error.stack ?? error) }),
      });
    runner.on('pass', (test) => record(test, 'passed'));
    runner.on('fail', (test, error) => record(test, 'failed', error));
    runner.on('pending', (test) => record(test, 'skipped'));
    runner.on('end', () => write({ ended: true }));
  }
};
