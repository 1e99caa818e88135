import {
  BINARY,
  CLOSE,
  PING,
  PONG,
  TEXT,
  closePayload,
  fragments,
  type SentFrame,
} from '../../support/frame-peer.ts';

/** What a peer sends, and what comes back until the connection is over; `echo`: all messages come back. */
export interface ProtocolCase {
  readonly title: string;
  readonly frames: readonly SentFrame[];
  readonly answers: readonly string[];
}

const CONT = 0;
const bye: SentFrame = { opcode: CLOSE, payload: closePayload(1000) };
const text = (payload: string | Uint8Array, more: Partial<SentFrame> = {}): SentFrame => ({
  opcode: TEXT,
  payload,
  ...more,
});
const part = (payload: string | Uint8Array, fin = false): SentFrame => ({
  opcode: CONT,
  payload,
  fin,
});
const start = (payload: string | Uint8Array): SentFrame => text(payload, { fin: false });

/** Frames that are right, then a close frame. */
function good(
  title: string,
  frames: readonly SentFrame[],
  answers: readonly string[],
): ProtocolCase {
  return { title, frames: [...frames, bye], answers: [...answers, 'close 1000'] };
}

/** Frames after which the connection fails; what follows the fault must be ignored. */
function bad(
  title: string,
  frames: readonly SentFrame[],
  code = 1002,
  before: readonly string[] = [],
): ProtocolCase {
  return { title, frames: [...frames, text('too late')], answers: [...before, `close ${code}`] };
}

/** Framing: every form of a length. */
export const framing: readonly ProtocolCase[] = [0, 1, 125, 126, 127, 128, 65_535, 65_536].flatMap(
  (size) => [
    good(`text of ${size} bytes`, [text('*'.repeat(size))], [`text ${'*'.repeat(size)}`]),
    good(
      `${size} bytes`,
      [{ opcode: BINARY, payload: Buffer.alloc(size, 0xfe) }],
      [`binary ${'fe'.repeat(size)}`],
    ),
  ],
);

const full = 'x'.repeat(125);

export const pings: readonly ProtocolCase[] = [
  good('a ping without payload', [{ opcode: PING }], ['pong ']),
  good('a ping with text', [{ opcode: PING, payload: 'Hello' }], ['pong Hello']),
  good('a ping of 125 bytes', [{ opcode: PING, payload: full }], [`pong ${full}`]),
  good(
    'a ping whose payload is no text',
    [{ opcode: PING, payload: Buffer.from('00fffefdfcfb00ff', 'hex') }],
    [`pong ${Buffer.from('00fffefdfcfb00ff', 'hex').toString()}`],
  ),
  bad('a ping of 126 bytes', [{ opcode: PING, payload: `${full}x` }]),
  good('a pong that nobody asked for', [{ opcode: PONG }], []),
  good(
    'a pong with payload, then a ping',
    [
      { opcode: PONG, payload: 'a' },
      { opcode: PING, payload: 'b' },
    ],
    ['pong b'],
  ),
  good(
    'ten pings',
    Array.from({ length: 10 }, (_, i) => ({ opcode: PING, payload: `ping ${i}` })),
    Array.from({ length: 10 }, (_, i) => `pong ping ${i}`),
  ),
];

export const reserved: readonly ProtocolCase[] = [
  ...[1, 2, 3, 4, 5, 6, 7].flatMap((rsv) => [
    bad(`text with reserved bits ${rsv}`, [text('a', { rsv })]),
    bad(`good text, then text with reserved bits ${rsv}`, [text('a'), text('b', { rsv })], 1002, [
      'text a',
    ]),
    bad(`a ping with reserved bits ${rsv}`, [{ opcode: PING, payload: 'a', rsv }]),
    bad(`a close frame with reserved bits ${rsv}`, [{ ...bye, rsv }]),
  ]),
  ...[3, 4, 5, 6, 7, 11, 12, 13, 14, 15].flatMap((opcode) => [
    bad(`opcode ${opcode}`, [{ opcode }]),
    bad(
      `opcode ${opcode} with payload behind good text`,
      [text('a'), { opcode, payload: 'b' }],
      1002,
      ['text a'],
    ),
  ]),
];

export const fragmentation: readonly ProtocolCase[] = [
  bad('a ping in two fragments', [{ opcode: PING, payload: 'a', fin: false }, part('b', true)]),
  bad('a pong in two fragments', [{ opcode: PONG, payload: 'a', fin: false }, part('b', true)]),
  good('text in two fragments', [start('frag'), part('ment', true)], ['text fragment']),
  good(
    'text in two fragments with a ping between',
    [start('frag'), { opcode: PING, payload: 'p' }, part('ment', true)],
    ['pong p', 'text fragment'],
  ),
  good('empty fragments', [start(''), part(''), part('', true)], ['text ']),
  good(
    'text between empty fragments',
    [start(''), part('middle'), part('', true)],
    ['text middle'],
  ),
  good('an empty fragment between', [start('a'), part(''), part('b', true)], ['text ab']),
  bad('a continuation that continues nothing', [part('a', true), text('b')]),
  bad('an unfinished continuation that continues nothing', [part('a'), text('b')]),
  bad('a continuation behind a whole message', [text('a'), part('b', true)], 1002, ['text a']),
  bad(
    'an unfinished continuation behind a fragmented text',
    [start('a'), part('b', true), part('c'), text('d')],
    1002,
    ['text ab'],
  ),
  bad('unfinished continuations and texts by turns', [
    part('a'),
    start('b'),
    part('c', true),
    part('d'),
    start('e'),
    part('f', true),
  ]),
  bad('text inside a fragmented text', [start('a'), text('b')]),
  bad('bytes inside a fragmented text', [start('a'), { opcode: BINARY, payload: 'b' }]),
  bad('a text that starts twice', [start('a'), start('b'), part('c', true)]),
  good(
    'many fragments with pings between',
    [
      start('1'),
      part('2'),
      { opcode: PING, payload: 'p1' },
      part('3'),
      part('4'),
      { opcode: PING, payload: 'p2' },
      part('5', true),
    ],
    ['pong p1', 'pong p2', 'text 12345'],
  ),
  good('65,536 bytes in fragments of 1,300', fragments(TEXT, 'f'.repeat(65_536), 1300), [
    `text ${'f'.repeat(65_536)}`,
  ]),
];

const valid = [
  'Hello-µ@ßöäüàá-UTF-8!!',
  'κόσμε',
  '\u0000',
  '\u0080',
  '\u07ff\u0800',
  '\ud7ff\ue000\ufdd0\ufffd\ufffe\uffff',
  '\u{10000}\u{10ffff}',
  // The last two code points of each plane: no characters, and yet good.
  ...Array.from({ length: 17 }, (_, plane) =>
    String.fromCodePoint(plane * 0x10000 + 0xfffe, plane * 0x10000 + 0xffff),
  ),
  '\ufff9\ufffa\ufffb\ufffc\ufffd',
  '\u007f\u07ff\uffff',
  '😀'.repeat(20),
];
const bytesOf = (first: number, last: number, behind: string): string =>
  Array.from({ length: last - first + 1 }, (_, i) => (first + i).toString(16) + behind).join('');

const invalid = [
  bytesOf(0x80, 0xbf, ''), // every continuation byte, alone
  bytesOf(0xc0, 0xdf, '20'), // every first byte of two, three, ... without the others
  bytesOf(0xe0, 0xef, '20'),
  bytesOf(0xf0, 0xf7, '20'),
  bytesOf(0xf8, 0xfb, '20'),
  bytesOf(0xfc, 0xfd, '20'),
  'c0e080f08080f8808080fc80808080dfefbff7bfbffbbfbfbffdbfbfbfbf', // every sequence without its last byte
  'fefeffff',
  'f888808080', // five and six bytes: the first and the last
  'fc8480808080',
  'f7bfbfbf',
  'fbbfbfbfbf',
  'fdbfbfbfbfbf',
  'f8878fbfbf',
  'fc8087bfbfbf',
  'f08fbfbf',
  'eda080edbfbf',
  'edadbfedb080',
  'edadbfedbfbf',
  'edae80edb080',
  'edafbfedb080',
  'edafbfedbfbf',
  'cebae1bdb9cf83cebcceb5eda080656469746564', // a surrogate
  'cebae1bdb9cf83cebcceb5f4908080656469746564', // above U+10FFFF
  '80',
  'bf',
  '8080',
  'fe',
  'ff',
  'c0af',
  'e080af',
  'f08080af',
  'f8808080af',
  'fc80808080af',
  'c1bf',
  'e09fbf',
  'c080',
  'eda080',
  'edbfbf',
  'eda080edb080',
  'f4908080',
  'c220',
  'e0a0',
  'f09f98',
  'e188b4f8',
];

export const utf8: readonly ProtocolCase[] = [
  ...valid.flatMap((message) => [
    good(`text ${JSON.stringify(message)}`, [text(message)], [`text ${message}`]),
    good(`text ${JSON.stringify(message)}, a byte a frame`, fragments(TEXT, message, 1), [
      `text ${message}`,
    ]),
  ]),
  ...invalid.flatMap((hex) => {
    const bytes = Buffer.from(hex, 'hex');
    return [
      bad(`text of the bytes ${hex}`, [text(bytes)], 1007),
      bad(`text of the bytes ${hex}, a byte a frame`, fragments(TEXT, bytes, 1), 1007),
      bad(`${hex} behind 100 letters`, [text(Buffer.concat([Buffer.alloc(100, 97), bytes]))], 1007),
      good(`the bytes ${hex} as bytes`, [{ opcode: BINARY, payload: bytes }], [`binary ${hex}`]),
    ];
  }),
];

/** One that ends with the close frame that the case is about. */
function closing(title: string, payload: string | Uint8Array, answer: string): ProtocolCase {
  return {
    title,
    frames: [text('before'), { opcode: CLOSE, payload }, text('too late'), { opcode: PING }],
    answers: ['text before', answer],
  };
}

export const closes: readonly ProtocolCase[] = [
  closing('a close frame without payload', '', 'close'),
  closing('a close frame of one byte', Buffer.from([3]), 'close 1002'),
  closing('a close code alone', closePayload(1000), 'close 1000'),
  closing('a close code with a reason', closePayload(1000, 'reason'), 'close 1000'),
  closing('a reason of 123 bytes', closePayload(1000, '*'.repeat(123)), 'close 1000'),
  closing('a reason of 124 bytes', closePayload(1000, '*'.repeat(124)), 'close 1002'),
  closing(
    'a reason that is not UTF-8',
    closePayload(1000, Buffer.from('cebaeda080', 'hex')),
    'close 1002',
  ),
  {
    title: 'two close frames',
    frames: [bye, { opcode: CLOSE, payload: closePayload(1001) }],
    answers: ['close 1000'],
  },
  {
    title: 'a close frame inside a fragmented text',
    frames: [start('fragment'), bye, part('end', true)],
    answers: ['close 1000'],
  },
  ...[
    1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014, 3000, 3999, 4000, 4999,
  ].map((code) => closing(`the close code ${code}`, closePayload(code), `close ${code}`)),
  ...[0, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999, 5000, 65_535].map((code) =>
    closing(`the close code ${code}`, closePayload(code), 'close 1002'),
  ),
];

export const lengths: readonly ProtocolCase[] = [
  bad('a length of 3 in two bytes', [text('abc', { lengthBytes: 2 })]),
  bad('a length of 3 in eight bytes', [text('abc', { lengthBytes: 8 })]),
  bad('a length of 65,535 in eight bytes', [text('x'.repeat(65_535), { lengthBytes: 8 })]),
  bad('a ping whose length has two bytes', [{ opcode: PING, payload: 'abc', lengthBytes: 2 }]),
];
