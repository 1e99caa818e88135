import { BlockList, isIP, isIPv4 } from 'node:net';
import { invalidOption } from '../errors.ts';

/**
 * Checks a member of a list of trusted peers: an address, a network in CIDR notation, or `*`.
 * @throws GUDEG_ERR_INVALID_OPTION
 */
export function checkAddressRange(option: string, range: unknown): asserts range is string {
  if (range === '*' || (typeof range === 'string' && parse(range) !== null)) return;
  throw invalidOption(option, 'a list of IP addresses, networks such as 10.0.0.0/8, or *', range);
}

function parse(range: string): { host: string; bits: number; family: 'ipv4' | 'ipv6' } | null {
  const [host = '', length, ...rest] = range.split('/');
  if (isIP(host) === 0 || host.includes('%') || rest.length > 0) return null;
  const family = isIPv4(host) ? 'ipv4' : 'ipv6';
  const most = family === 'ipv4' ? 32 : 128;
  if (length === undefined) return { host, bits: most, family };
  if (!/^\d{1,3}$/.test(length) || Number(length) > most) return null;
  return { host, bits: Number(length), family };
}

/** A set of IP addresses, given as addresses and networks. */
export class AddressRanges {
  readonly #list = new BlockList();
  readonly #isEverybody: boolean;

  /**
   * @param option what to call the list in messages
   * @throws GUDEG_ERR_INVALID_OPTION
   */
  constructor(option: string, ranges: readonly string[]) {
    this.#isEverybody = ranges.includes('*');
    for (const range of ranges) {
      checkAddressRange(option, range);
      const network = parse(range);
      if (network !== null) this.#list.addSubnet(network.host, network.bits, network.family);
    }
  }

  /** Whether the address is in it; an IPv4 address is found in the form of IPv6 too. */
  has(address: string): boolean {
    if (this.#isEverybody) return true;
    const [host = ''] = address.split('%');
    const version = isIP(host);
    return version !== 0 && this.#list.check(host, version === 4 ? 'ipv4' : 'ipv6');
  }
}
