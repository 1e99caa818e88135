/** The tags that certificates need (ITU-T X.690, section 8). */
const tags = {
  boolean: 0x01,
  integer: 0x02,
  bitString: 0x03,
  octetString: 0x04,
  null: 0x05,
  objectIdentifier: 0x06,
  utf8String: 0x0c,
  utcTime: 0x17,
  generalizedTime: 0x18,
  sequence: 0x30,
  set: 0x31,
  context: 0x80,
  constructedContext: 0xa0,
} as const;

function element(tag: number, ...contents: readonly Uint8Array[]): Buffer {
  const content = Buffer.concat(contents);
  return Buffer.concat([Buffer.from([tag]), lengthOctets(content.length), content]);
}

function lengthOctets(length: number): Buffer {
  if (length < 0x80) return Buffer.from([length]);
  const octets: number[] = [];
  for (let rest = length; rest > 0; rest >>>= 8) octets.unshift(rest & 0xff);
  return Buffer.from([0x80 | octets.length, ...octets]);
}

/** Writes values in DER (ITU-T X.690); each function gives one whole element. */
export const der = {
  sequence: (...items: readonly Uint8Array[]): Buffer => element(tags.sequence, ...items),

  set: (...items: readonly Uint8Array[]): Buffer => element(tags.set, ...items),

  /** `[number]` with other elements in it. */
  explicit: (number: number, ...items: readonly Uint8Array[]): Buffer =>
    element(tags.constructedContext | number, ...items),

  /** `[number]` in place of a primitive element's own tag. */
  implicit: (number: number, content: Uint8Array): Buffer =>
    element(tags.context | number, content),

  true: (): Buffer => element(tags.boolean, Buffer.from([0xff])),

  null: (): Buffer => element(tags.null),

  /** @param magnitude a number that isn't negative, big-endian */
  integer: (magnitude: Uint8Array): Buffer => {
    const start = magnitude.findIndex((octet) => octet !== 0);
    const digits = start < 0 ? Buffer.from([0]) : magnitude.subarray(start);
    const isNegative = ((digits[0] ?? 0) & 0x80) !== 0;
    return element(tags.integer, Buffer.from(isNegative ? [0] : []), digits);
  },

  bitString: (octets: Uint8Array, unusedBits = 0): Buffer =>
    element(tags.bitString, Buffer.from([unusedBits]), octets),

  octetString: (octets: Uint8Array): Buffer => element(tags.octetString, octets),

  utf8String: (text: string): Buffer => element(tags.utf8String, Buffer.from(text)),

  /** @param dotted the arcs, such as `2.5.4.3` */
  objectIdentifier: (dotted: string): Buffer => {
    const [first = 0, second = 0, ...rest] = dotted.split('.').map(Number);
    return element(tags.objectIdentifier, Buffer.from([first * 40 + second, ...rest.flatMap(arc)]));
  },

  /** A moment in whole seconds: UTCTime up to the year 2049, then GeneralizedTime (RFC 5280 section 4.1.2.5). */
  time: (moment: Date): Buffer => {
    const digits = `${moment.toISOString().slice(0, 19).replace(/\D/g, '')}Z`;
    return moment.getUTCFullYear() < 2050
      ? element(tags.utcTime, Buffer.from(digits.slice(2)))
      : element(tags.generalizedTime, Buffer.from(digits));
  },
};

/** One arc in groups of seven bits, all but the last marked. */
function arc(value: number): number[] {
  const groups = [value & 0x7f];
  for (let rest = value >>> 7; rest > 0; rest >>>= 7) groups.unshift(0x80 | (rest & 0x7f));
  return groups;
}

/**
 * The elements that the content of a SEQUENCE is made of, each with tag and length; null where the bytes
 * are no such sequence.
 */
export function elementsOfSequence(bytes: Buffer): Buffer[] | null {
  const outer = elementAt(bytes, 0);
  if (outer?.end !== bytes.length || bytes[0] !== tags.sequence) return null;
  const items: Buffer[] = [];
  for (let at = outer.start; at < bytes.length;) {
    const item = elementAt(bytes, at);
    if (item === null) return null;
    items.push(bytes.subarray(at, item.end));
    at = item.end;
  }
  return items;
}

/** The octets of a BIT STRING without unused bits; null where it is none. */
export function octetsOfBitString(bytes: Buffer): Buffer | null {
  const outer = elementAt(bytes, 0);
  if (outer === null || bytes[0] !== tags.bitString || bytes[outer.start] !== 0) return null;
  return bytes.subarray(outer.start + 1, outer.end);
}

/** Where the content of the element at `offset` starts and ends. */
function elementAt(bytes: Buffer, offset: number): { start: number; end: number } | null {
  const first = bytes[offset + 1];
  if (first === undefined) return null;
  const lengthOfLength = first < 0x80 ? 0 : first & 0x7f;
  const start = offset + 2 + lengthOfLength;
  if (lengthOfLength > 4 || first === 0x80 || start > bytes.length) return null;
  const length = lengthOfLength === 0 ? first : bytes.readUIntBE(offset + 2, lengthOfLength);
  const end = start + length;
  return end <= bytes.length ? { start, end } : null;
}
