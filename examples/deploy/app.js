// What the files of this folder serve: `gudeg -c examples/deploy/gudeg.config.js`. It says which host
// and process answer, and whose request it is.
import { hostname } from 'node:os';

export default function app({ address }, { headers }) {
  const client = Array.isArray(address) ? address[0] : address;
  const forwarded = headers['x-forwarded-for'] ?? '';
  const text = `${hostname()} ${process.pid} peer=${client} forwarded=${forwarded}\n`;
  return [200, 'OK', { 'content-type': 'text/plain' }, text];
}
