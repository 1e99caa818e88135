// Mocha's spec report, followed by one plain line that a machine can read: "N passed, N failed".
const { reporters } = require('mocha');

class SummaryReporter extends reporters.Spec {
  epilogue() {
    super.epilogue();
    const { passes, failures } = this.stats;
    process.stdout.write(`${passes} passed, ${failures} failed\n`);
  }
}

module.exports = SummaryReporter;
