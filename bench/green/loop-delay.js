// For how long the event loop stands still while 100 green threads make calls that block, as they are
// and patched: `node bench/green/loop-delay.js`. Milliseconds; `promises` is the same work by hand with
// the asynchronous functions.
import { execFile, execFileSync } from 'node:child_process';
import { scrypt, scryptSync } from 'node:crypto';
import { readFile, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { promisify } from 'node:util';
import { gzip, gzipSync } from 'node:zlib';
import { monkeyPatch, restore, spawn } from '../../dist/core/hub/index.js';

const count = 100;
const file = join(tmpdir(), `gudeg-loop-delay-${process.pid}`);
const data = Buffer.alloc(1_000_000, 'what is compressed');
writeFileSync(file, Buffer.alloc(8_000_000, 'x'));

const works = {
  readFileSync: [() => readFileSync(file), () => promisify(readFile)(file)],
  execFileSync: [() => execFileSync('true'), () => promisify(execFile)('true')],
  gzipSync: [() => gzipSync(data), () => promisify(gzip)(data)],
  scryptSync: [() => scryptSync('p', 's', 32), () => promisify(scrypt)('p', 's', 32)],
};

async function measure(start) {
  const delay = monitorEventLoopDelay({ resolution: 1 });
  delay.enable();
  const began = performance.now();
  await Promise.all(Array.from({ length: count }, start));
  const tookMs = performance.now() - began;
  // A turn that was late is seen when the next one begins.
  await new Promise((resolve) => setTimeout(resolve, 20));
  delay.disable();
  return `p99 ${(delay.percentile(99) / 1e6).toFixed(0).padStart(5)}  max ${(delay.max / 1e6).toFixed(0).padStart(5)}  total ${tookMs.toFixed(0).padStart(5)}`;
}

for (const [name, [blocking, promise]] of Object.entries(works)) {
  const green = () => spawn(blocking).then(() => undefined);
  console.log(`${name.padEnd(14)} unpatched  ${await measure(green)}`);
  monkeyPatch();
  console.log(`${''.padEnd(14)} patched    ${await measure(green)}`);
  restore();
  console.log(`${''.padEnd(14)} promises   ${await measure(promise)}`);
}
rmSync(file);
console.log(process.version);
