// A tool that is built on execSync, served: each request runs its commands one after the other, as in a shell
// script, and stops no other. Nothing of it knows of green threads.
//
//   node --import gudeg/green/auto examples/27-exec-sync.js [port]
//   curl http://127.0.0.1:8027/

import { execFileSync, execSync } from 'node:child_process';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isMonkeyPatched } from 'gudeg/green';

let count = 0;

/** What the commands said, in their order. */
function report(seconds) {
  const file = join(tmpdir(), `gudeg-report-${process.pid}-${++count}`);
  writeFileSync(file, `kernel: ${execSync('uname -s', { encoding: 'utf8' })}`);
  execFileSync('sleep', [String(seconds)]);
  execSync(`echo "words: $(wc -w < ${file})" >> ${file}`);
  const text = readFileSync(file, 'utf8');
  rmSync(file);
  return text;
}

if (!isMonkeyPatched('childProcess')) console.error('start me with --import gudeg/green/auto');

const server = createServer((request, response) => {
  const { searchParams } = new URL(request.url, 'http://localhost');
  response.end(report(Number(searchParams.get('seconds') ?? 1)));
});
server.listen(Number(process.argv[2] ?? 8027), '127.0.0.1', () => {
  console.log(`listening on http://127.0.0.1:${server.address().port}`);
});
