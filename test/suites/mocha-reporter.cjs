// Writes one line of JSON for each test to the file that SUITE_RESULTS names.
const { appendFileSync } = require('node:fs');

const graceMs = 3000;

module.exports = class ResultReporter {
  constructor(runner) {
    const write = (record) =>
      appendFileSync(process.env.SUITE_RESULTS, `${JSON.stringify(record)}\n`);
    const record = (test, state, error) =>
      write({
        file: test.file ?? test.parent?.file ?? '',
        title: test.titlePath?.().join(' > ') ?? test.fullTitle(),
        state,
        ...(error && { error: String(error.stack ?? error) }),
      });
    runner.on('pass', (test) => record(test, 'passed'));
    runner.on('fail', (test, error) => record(test, 'failed', error));
    runner.on('pending', (test) => record(test, 'skipped'));
    runner.on('end', () => {
      write({ ended: true });
      // What a failed test left open must not hold up the run for ever.
      setTimeout(() => {
        write({ hung: true });
        process.exit(1);
      }, graceMs).unref();
    });
  }
};
