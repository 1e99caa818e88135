import { argv } from 'node:process';

/**
 * Where the benchmark wants this server to listen: `tcp:PORT` or `unix:/path` as the first
 * argument. The result fits `server.listen()` of node:net, Fastify and Express alike.
 *
 * @returns {{ host: string, port: number, path?: undefined } | { path: string }}
 */
export function listenAddress() {
  const [, , address = ''] = argv;
  const [, kind, rest = ''] = /^(tcp|unix):(.+)$/.exec(address) ?? [];
  if (kind === 'tcp') return { host: '127.0.0.1', port: Number(rest) };
  if (kind === 'unix') return { path: rest };
  throw new Error(`Expected tcp:PORT or unix:/path as the first argument, got '${address}'`);
}

/** Tells the benchmark that requests can come. */
export function announce() {
  console.log('listening');
}
