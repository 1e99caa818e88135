// A soak: requests of all kinds, in rounds, against one server. What the process holds after a round
// must not grow from round to round. `npm run test:leak`, or with a number of requests: `-- 500000`.
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { TempServer, type Body, type Response } from 'gudeg';

const REQUESTS = Number(process.argv[2] ?? 200_000);
const ROUNDS = 10;
/** Rounds until caches, pools and compiled code have their size. */
const WARM_UP_ROUNDS = 3;
/** Allowed growth from the first round behind the warm-up to the last. */
const MAX_RSS_GROWTH = 24 * 1024 * 1024;
const MAX_HEAP_GROWTH = 2 * 1024 * 1024;

const large = Buffer.alloc(300_000, 'x');

await using server = await TempServer.start(async (_session, request, api): Promise<Response> => {
  switch (request.uri) {
    case '/echo':
      return [200, 'OK', {}, await (request.body as Body).read()];
    case '/large':
      return [200, 'OK', {}, large];
    case '/stream':
      return [200, 'OK', {}, new api.BodyIter(pieces(), 30_000)];
    case '/chunks':
      return [200, 'OK', {}, new api.ChunkedBodyIter(chunks())];
    case '/throw':
      throw new Error('as asked for');
    case '/never':
      return await new Promise<Response>(() => undefined);
    default:
      return [200, 'OK', { 'x-agent': String(request.headers['x-agent']) }, 'hello'];
  }
});
server.on('error', () => undefined);
const { port } = { port: (server.address as [string, number])[1] };

async function* pieces(): AsyncGenerator<Buffer> {
  for (let i = 0; i < 3; i++) {
    await Promise.resolve();
    yield Buffer.alloc(10_000, 'x');
  }
}

function* chunks(): Generator<[null, Buffer]> {
  for (let i = 0; i < 3; i++) yield [null, Buffer.alloc(1000, 'x')];
  yield [null, Buffer.alloc(0)];
}

async function open(): Promise<Socket> {
  const socket = connect(port, '127.0.0.1');
  socket.on('error', () => undefined);
  await once(socket, 'connect');
  return socket;
}

function request(uri: string, body = '', more = ''): string {
  const method = body === '' ? 'GET' : 'POST';
  const length = body === '' ? '' : `content-length: ${body.length}\r\n`;
  return `${method} ${uri} HTTP/1.1\r\nhost: x\r\nx-agent: soak\r\n${length}${more}\r\n${body}`;
}

/** Many requests on one connection, pipelined; the last one closes it. */
async function pipeline(uris: readonly string[], count: number): Promise<number> {
  const socket = await open();
  const text: string[] = [];
  for (let i = 1; i < count; i++) {
    const uri = uris[i % uris.length] as string;
    text.push(request(uri, uri === '/echo' ? 'b'.repeat(1000) : ''));
  }
  text.push(request('/', '', 'connection: close\r\n'));
  socket.resume();
  socket.write(text.join(''));
  await once(socket, 'end');
  socket.destroy();
  return count;
}

/** A request whose client goes away at once, or in the middle. */
async function abort(uri: string, waits: boolean): Promise<number> {
  const socket = await open();
  socket.write(request(uri));
  if (waits) await once(socket, 'data');
  socket.resetAndDestroy();
  return 1;
}

/** Half a body, then nothing more. */
async function truncate(): Promise<number> {
  const socket = await open();
  socket.resume();
  socket.end(request('/echo', 'b'.repeat(1000)).slice(0, -500));
  await once(socket, 'close');
  return 1;
}

async function round(wanted: number): Promise<void> {
  let count = 0;
  while (count < wanted) {
    const done = await Promise.all([
      pipeline(['/', '/echo', '/stream', '/chunks'], 200),
      pipeline(['/', '/'], 400),
      pipeline(['/large', '/throw'], 10),
      pipeline(['/'], 1),
      abort('/large', true),
      abort('/stream', false),
      abort('/never', false),
      truncate(),
    ]);
    for (const each of done) count += each;
  }
  while (server.connectionCount > 0) await delay(5);
  requests += count;
}

interface Holdings {
  readonly rss: number;
  readonly heap: number;
  readonly descriptors: number;
}

async function holdings(): Promise<Holdings> {
  for (let i = 0; i < 3; i++) {
    globalThis.gc?.();
    await delay(20);
  }
  const { rss, heapUsed } = process.memoryUsage();
  return { rss, heap: heapUsed, descriptors: readdirSync('/proc/self/fd').length };
}

let requests = 0;
let base: Holdings | null = null;
let last: Holdings | null = null;
for (let i = 0; i < ROUNDS; i++) {
  await round(REQUESTS / ROUNDS);
  last = await holdings();
  if (i === WARM_UP_ROUNDS - 1) base = last;
  const mib = (bytes: number): string => (bytes / 2 ** 20).toFixed(1);
  console.log(
    `${requests} requests: rss ${mib(last.rss)} MiB, heap ${mib(last.heap)} MiB, ${last.descriptors} descriptors`,
  );
}
await server.terminate();
const handles = process.getActiveResourcesInfo().filter((name) => /TCP|Poll|Pipe$/i.test(name));
const findings: string[] = [];
if (base !== null && last !== null) {
  if (last.rss - base.rss > MAX_RSS_GROWTH) findings.push(`rss grew by ${last.rss - base.rss}`);
  if (last.heap - base.heap > MAX_HEAP_GROWTH)
    findings.push(`heap grew by ${last.heap - base.heap}`);
  if (last.descriptors > base.descriptors) {
    findings.push(`descriptors grew by ${last.descriptors - base.descriptors}`);
  }
}
const after = await holdings();
console.log(`closed: ${after.descriptors} descriptors, ${handles.length} handles of sockets`);
if (handles.some((name) => name.startsWith('TCP')))
  findings.push(`handles are open: ${handles.join()}`);
console.log(findings.length === 0 ? 'no leak' : `leak: ${findings.join('; ')}`);
process.exitCode = findings.length === 0 ? 0 : 1;
