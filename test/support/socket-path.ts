import { tmpdir } from 'node:os';
import { join } from 'node:path';

let count = 0;

/** A path for a socket file that nobody else uses; whoever listens there removes it. */
export function socketPath(): string {
  count += 1;
  return join(tmpdir(), `gudeg-test-${process.pid}-${count}.sock`);
}
