// Mocha's dot report that also leaves its counts in a file: `--reporter-option path=FILE`.
const { writeFileSync } = require('node:fs');
const { reporters } = require('mocha');

class ResultReporter extends reporters.Dot {
  constructor(runner, options) {
    super(runner, options);
    const { path } = options.reporterOptions ?? options.reporterOption;
    runner.once('end', () => {
      const { passes, failures, pending } = this.stats;
      writeFileSync(path, JSON.stringify({ passed: passes, failed: failures, pending }));
    });
  }
}

module.exports = ResultReporter;
