// Writes one line of JSON for each test of node:test; given as --test-reporter.
export default async function* resultReporter(events) {
  const names = new Map();
  for await (const { type, data } of events) {
    const path = names.get(data?.file) ?? [];
    if (type === 'test:start') {
      path.length = data.nesting;
      path.push(data.name);
      names.set(data.file, path);
    } else if (type === 'test:pass' || type === 'test:fail') {
      // Before the first test of a file starts, Node reports the file itself as a test.
      const title = [...path.slice(0, data.nesting), data.name].join(' > ');
      const failure = data.details?.error;
      yield `${JSON.stringify({
        file: data.file ?? '',
        title,
        state: stateOf(type, data),
        ...(type === 'test:fail' && { error: String(failure?.cause?.stack ?? failure?.stack) }),
      })}\n`;
    }
  }
  yield `${JSON.stringify({ ended: true })}\n`;
}

function stateOf(type, data) {
  if (data.skip !== undefined || data.todo !== undefined) return 'skipped';
  return type === 'test:pass' ? 'passed' : 'failed';
}
