import { isIPv4, isIPv6 } from 'node:net';

import { invalidArgType } from '../errors.ts';
import { der } from './der.ts';

/** GeneralName's numbers (RFC 5280 section 4.2.1.6). */
const DNS_NAME = 2;
const IP_ADDRESS = 7;

const dnsName = /^(\*\.)?[a-z0-9_]([a-z0-9_-]*[a-z0-9])?(\.[a-z0-9_]([a-z0-9_-]*[a-z0-9])?)*$/i;

/**
 * The value of a subjectAltName extension.
 * @param names DNS names, the first label perhaps `*`, and IP addresses
 * @throws GUDEG_ERR_INVALID_ARG_TYPE for what is neither
 */
export function subjectAltName(names: readonly string[]): Buffer {
  return der.sequence(...names.map(generalName));
}

function generalName(name: unknown): Buffer {
  if (typeof name === 'string') {
    if (isIPv4(name)) return der.implicit(IP_ADDRESS, Buffer.from(name.split('.').map(Number)));
    if (isIPv6(name) && !name.includes('%')) return der.implicit(IP_ADDRESS, ipv6Octets(name));
    if (dnsName.test(name)) return der.implicit(DNS_NAME, Buffer.from(name));
  }
  throw invalidArgType('names', 'DNS names and IP addresses', name);
}

function ipv6Octets(address: string): Buffer {
  // A URL has the short form without an IPv4 tail.
  const short = new URL(`http://[${address}]/`).hostname.slice(1, -1);
  const [before = '', after] = short.split('::');
  const left = groups(before);
  const right = groups(after ?? '');
  const zeros = new Array<number>(8 - left.length - right.length).fill(0);
  const octets = Buffer.alloc(16);
  for (const [index, group] of [...left, ...zeros, ...right].entries()) {
    octets.writeUInt16BE(group, index * 2);
  }
  return octets;
}

function groups(text: string): number[] {
  return text === '' ? [] : text.split(':').map((group) => Number.parseInt(group, 16));
}
