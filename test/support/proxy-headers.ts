// Headers of the PROXY protocol as bytes, one Latin-1 character each.

/** A line of version 1, from 192.0.2.7:4567. */
export const v1 = 'PROXY TCP4 192.0.2.7 198.51.100.1 4567 80\r\n';

/** What a header of version 2 begins with. */
export const signature = '\r\n\r\n\0\r\nQUIT\n';

/** A binary header: type of command, family and protocol, addresses and values. */
export function v2(command: number, family: number, block: string): string {
  const length = String.fromCharCode(block.length >> 8, block.length & 0xff);
  return signature + String.fromCharCode(command, family) + length + block;
}

/** One from [2001:db8::9]:256. */
export const v2Ipv6: string = v2(
  0x21,
  0x21,
  `\x20\x01\x0d\xb8${'\0'.repeat(11)}\x09${'\0'.repeat(16)}\x01\x00\0\x50`,
);
