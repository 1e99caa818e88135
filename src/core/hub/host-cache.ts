import dns, { Resolver } from 'node:dns';
import { readFileSync, statSync } from 'node:fs';
import { isIP } from 'node:net';
import { type AsyncOptions, blockAsync, type BlockingCall } from './blocking-call.ts';
import { waitForPromise } from './promise-bridge.ts';
import { expiredTimeout } from './timeout.ts';

const hostsPath =
  process.platform === 'win32' ? 'C:\\Windows\\System32\\drivers\\etc\\hosts' : '/etc/hosts';
const longestTtlS = 3600;
const mostNames = 1000;

const RESOLVE: BlockingCall<string, string[]> = {
  name: 'resolveHost()',
  timedOut(_host, seconds) {
    throw expiredTimeout(seconds);
  },
};

interface Entry {
  addresses: readonly string[];
  expiresMs: number;
}

const cache = new Map<string, Entry>();
let rotation = 0;
let hosts: { addresses: Map<string, string[]>; mtimeMs: number } | undefined;

/**
 * The addresses of a host: from the hosts file, else from the name servers (those of the system, or of
 * `dns.setServers()`), kept as long as they say
 * (an hour at most). Every call begins with another one, so that load is spread over them.
 *
 * With GUDEG_NO_GREENDNS set to anything the system's resolver is asked each time.
 *
 * @throws the error of node:dns, code `ENOTFOUND` and its like
 */
export function resolveHost(host: string): string[] {
  return waitForPromise(find(host), 'resolveHost()');
}

/** The promise-returning twin of `resolveHost`. */
export function resolveHostAsync(host: string, options: AsyncOptions = {}): Promise<string[]> {
  return blockAsync(undefined, RESOLVE, host, options, undefined, (waiter) => {
    find(host).then(
      (addresses) => {
        waiter.settle(addresses);
      },
      (error: unknown) => {
        waiter.fail(error);
      },
    );
  });
}

async function find(host: string): Promise<string[]> {
  if (isIP(host.replace(/%.*$/, '')) !== 0) return [host];
  if (process.env['GUDEG_NO_GREENDNS'] !== undefined) return systemLookup(host);
  const name = host.toLowerCase();
  const listed = hostsFile().get(name);
  if (listed !== undefined) return rotated(listed);
  const known = cache.get(name);
  if (known !== undefined && known.expiresMs > performance.now()) return rotated(known.addresses);
  const entry = await queryServers(name);
  // Names of one label and of special domains are the system resolver's affair.
  if (entry === undefined) return systemLookup(host);
  if (cache.size >= mostNames) cache.clear();
  cache.set(name, entry);
  return rotated(entry.addresses);
}

/** Forgets what was looked up, and reads the hosts file anew. */
export function clearHostCache(): void {
  cache.clear();
  hosts = undefined;
}

async function systemLookup(host: string): Promise<string[]> {
  const found = await dns.promises.lookup(host, { all: true, verbatim: true });
  return found.map(({ address }) => address);
}

async function queryServers(name: string): Promise<Entry | undefined> {
  const resolver = new Resolver({ timeout: 2000, tries: 2 });
  // Of the module, not imported by name: `dns.setServers()` puts another function there.
  resolver.setServers(dns.getServers());
  const ask = (method: 'resolve4' | 'resolve6') =>
    new Promise<{ address: string; ttl: number }[]>((resolve) => {
      resolver[method](name, { ttl: true }, (error, records) => {
        resolve(error === null ? records : []);
      });
    });
  const records = (await Promise.all([ask('resolve4'), ask('resolve6')])).flat();
  if (records.length === 0) return undefined;
  const ttlS = Math.min(...records.map(({ ttl }) => ttl), longestTtlS);
  return {
    addresses: records.map(({ address }) => address),
    expiresMs: performance.now() + ttlS * 1000,
  };
}

/** Addresses by name, IPv4 ones first; read again when the file has changed. */
function hostsFile(): Map<string, string[]> {
  let mtimeMs = -1;
  try {
    ({ mtimeMs } = statSync(hostsPath));
    if (hosts?.mtimeMs === mtimeMs) return hosts.addresses;
    hosts = { addresses: parseHosts(readFileSync(hostsPath, 'latin1')), mtimeMs };
  } catch {
    hosts = { addresses: new Map(), mtimeMs };
  }
  return hosts.addresses;
}

/** @internal */
export function parseHosts(text: string): Map<string, string[]> {
  const addresses = new Map<string, string[]>();
  for (const line of text.split('\n')) {
    const [address, ...names] = line.replace(/#.*/, '').trim().split(/\s+/);
    if (address === undefined || isIP(address) === 0) continue;
    for (const name of names.map((each) => each.toLowerCase())) {
      const listed = addresses.get(name) ?? [];
      if (isIP(address) === 4)
        listed.splice(listed.filter((each) => isIP(each) === 4).length, 0, address);
      else listed.push(address);
      addresses.set(name, listed);
    }
  }
  return addresses;
}

function rotated(addresses: readonly string[]): string[] {
  // IPv4 and IPv6 keep their order: which of them works is not for us to guess.
  const turn = (list: string[]): string[] => {
    const at = list.length === 0 ? 0 : rotation % list.length;
    return [...list.slice(at), ...list.slice(0, at)];
  };
  rotation++;
  return [
    ...turn(addresses.filter((each) => isIP(each) === 4)),
    ...turn(addresses.filter((each) => isIP(each) !== 4)),
  ];
}
