import type { Socket } from 'node:net';
import type { ClientOptions } from 'gudeg';

/** How the server goes on behind its bytes. */
export type Ending = 'stays' | 'ends' | 'resets';

export type Row = readonly [
  title: string,
  bytes: string,
  ending: Ending,
  outcome: string,
  method?: string,
];

const limits: ClientOptions = {
  maxHeadBytes: 2000,
  maxHeaderCount: 10,
  maxBodyBytes: 1000,
  maxChunkBytes: 500,
  maxChunkLineBytes: 100,
  maxChunkExtensionBytes: 40,
  maxTrailerBytes: 100,
};

/** Only what is to run out has little time: nothing else of a row may depend on how busy the machine is. */
export function limitsFor(outcome: string): ClientOptions {
  const ms = (code: string): number => (outcome.includes(code) ? 150 : 60_000);
  return {
    ...limits,
    responseTimeoutMs: ms('RESPONSE_TIMEOUT'),
    bodyTimeoutMs: ms('BODY_TIMEOUT'),
  };
}

export const ok = 'HTTP/1.1 200 OK\r\n';
const chunked = `${ok}transfer-encoding: chunked\r\n\r\n`;
const bad = (fault: string): string => `BAD_RESPONSE HTTP_${fault} idempotent, closed`;
const badBody = (fault: string): string => `200, then ${bad(fault)}`;
const cut = (fault: string): string => `RESPONSE_CUT HTTP_${fault} idempotent, closed`;

export const rows: readonly Row[] = [
  // What is fine, so that the rest of the table means something.
  ['a response with a length', `${ok}content-length: 3\r\n\r\nabc`, 'stays', '200 abc, idle'],
  [
    'a response without a reason',
    'HTTP/1.1 200\r\ncontent-length: 0\r\n\r\n',
    'stays',
    '200 , idle',
  ],
  ['chunks', `${chunked}3\r\nabc\r\n0\r\n\r\n`, 'stays', '200 abc, idle'],
  ['chunks with trailers', `${chunked}3\r\nabc\r\n0\r\nx: y\r\n\r\n`, 'stays', '200 abc, idle'],
  ['a body that the end delimits', `${ok}\r\nabc`, 'ends', '200 abc, closed'],
  [
    'HTTP/1.0 without keep-alive',
    'HTTP/1.0 200 OK\r\ncontent-length: 3\r\n\r\nabc',
    'stays',
    '200 abc, closed',
  ],
  [
    'HTTP/1.0 with keep-alive',
    'HTTP/1.0 200 OK\r\nconnection: keep-alive\r\ncontent-length: 3\r\n\r\nabc',
    'stays',
    '200 abc, idle',
  ],
  [
    'connection: close',
    `${ok}connection: close\r\ncontent-length: 3\r\n\r\nabc`,
    'stays',
    '200 abc, closed',
  ],
  ['204', 'HTTP/1.1 204 No Content\r\n\r\n', 'stays', '204 null, idle'],
  [
    '304 with a length',
    'HTTP/1.1 304 Not Modified\r\ncontent-length: 99\r\n\r\n',
    'stays',
    '304 null, idle',
  ],
  ['HEAD with a length', `${ok}content-length: 99\r\n\r\n`, 'stays', '200 null, idle', 'HEAD'],
  ['HEAD with chunks announced', chunked, 'stays', '200 null, idle', 'HEAD'],
  [
    'interim responses first',
    `HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nlink: x\r\n\r\n${ok}content-length: 1\r\n\r\na`,
    'stays',
    '200 a, idle',
  ],

  // Nothing, or something else than HTTP.
  ['no byte', '', 'ends', 'NO_RESPONSE idempotent, closed'],
  ['no byte and a reset', '', 'resets', 'NO_RESPONSE idempotent, closed'],
  ['no byte and no end', '', 'stays', 'RESPONSE_TIMEOUT idempotent, closed'],
  ['half a status line', 'HTTP/1.1 20', 'ends', cut('TRUNCATED_HEAD')],
  ['half a status line and a reset', 'HTTP/1.1 20', 'resets', 'RESPONSE_CUT idempotent, closed'],
  ['half a status line and silence', 'HTTP/1.1 20', 'stays', 'RESPONSE_TIMEOUT idempotent, closed'],
  ['half a field', `${ok}content-le`, 'ends', cut('TRUNCATED_HEAD')],
  ['a TLS alert', '\x15\x03\x01\0\x02\x02\x0a', 'stays', bad('BAD_STATUS_LINE')],
  ['an SSH greeting', 'SSH-2.0-OpenSSH_9.2\r\n', 'stays', bad('BAD_STATUS_LINE')],
  ['an HTTP/2 frame', '\0\0\x12\x04\0\0\0\0\0', 'stays', bad('BAD_STATUS_LINE')],
  ['a request', 'GET / HTTP/1.1\r\nhost: a\r\n\r\n', 'stays', bad('BAD_STATUS_LINE')],
  ['HTML', '<html>not found</html>', 'stays', bad('BAD_STATUS_LINE')],

  // Status lines.
  ['HTTP/2.0', 'HTTP/2.0 200 OK\r\n\r\n', 'stays', bad('UNSUPPORTED_VERSION')],
  ['HTTP/0.9', 'HTTP/0.9 200 OK\r\n\r\n', 'stays', bad('UNSUPPORTED_VERSION')],
  ['a lower-case version', 'http/1.1 200 OK\r\n\r\n', 'stays', bad('BAD_STATUS_LINE')],
  ['a version with two digits', 'HTTP/1.10 200 OK\r\n\r\n', 'stays', bad('BAD_STATUS_LINE')],
  ['status 000', 'HTTP/1.1 000 Nothing\r\n\r\n', 'stays', bad('BAD_STATUS')],
  ['status 99', 'HTTP/1.1 99 Low\r\n\r\n', 'stays', bad('BAD_STATUS')],
  ['status 600', 'HTTP/1.1 600 High\r\n\r\n', 'stays', bad('BAD_STATUS')],
  ['status 2000', 'HTTP/1.1 2000 OK\r\n\r\n', 'stays', bad('BAD_STATUS')],
  ['a negative status', 'HTTP/1.1 -200 OK\r\n\r\n', 'stays', bad('BAD_STATUS')],
  ['a NUL in the reason', 'HTTP/1.1 200 O\0K\r\n\r\n', 'stays', bad('BAD_REASON')],
  [
    'a bare LF behind the status line',
    'HTTP/1.1 200 OK\ncontent-length: 0\n\n',
    'stays',
    bad('BARE_LINE_FEED'),
  ],
  ['a bare CR in the reason', 'HTTP/1.1 200 O\rK\r\n\r\n', 'stays', bad('BARE_LINE_FEED')],

  // Fields.
  ['a field without a colon', `${ok}content-length\r\n\r\n`, 'stays', bad('BAD_FIELD_LINE')],
  ['space before the colon', `${ok}content-length : 3\r\n\r\nabc`, 'stays', bad('BAD_FIELD_NAME')],
  [
    'a folded field',
    `${ok}x: a\r\n b\r\ncontent-length: 0\r\n\r\n`,
    'stays',
    bad('OBSOLETE_FOLDING'),
  ],
  ['a name that is no token', `${ok}x(y): a\r\n\r\n`, 'stays', bad('BAD_FIELD_NAME')],
  ['a NUL in a value', `${ok}x: a\0b\r\n\r\n`, 'stays', bad('BAD_FIELD_VALUE')],
  [
    'endless headers',
    `${ok}${'x: yyyyyyyyyyyyyyyy\r\n'.repeat(300)}`,
    'stays',
    bad('TOO_MANY_FIELDS'),
  ],
  ['one endless header', `${ok}x: ${'y'.repeat(5000)}`, 'stays', bad('HEAD_TOO_LARGE')],
  ['an endless reason', `HTTP/1.1 200 ${'y'.repeat(5000)}`, 'stays', bad('HEAD_TOO_LARGE')],

  // Framing.
  [
    'two lengths',
    `${ok}content-length: 3\r\ncontent-length: 4\r\n\r\nabcd`,
    'stays',
    bad('DUPLICATE_CONTENT_LENGTH'),
  ],
  [
    'two equal lengths',
    `${ok}content-length: 3\r\ncontent-length: 3\r\n\r\nabc`,
    'stays',
    bad('DUPLICATE_CONTENT_LENGTH'),
  ],
  ['a list of lengths', `${ok}content-length: 3, 3\r\n\r\nabc`, 'stays', bad('BAD_CONTENT_LENGTH')],
  ['a negative length', `${ok}content-length: -1\r\n\r\n`, 'stays', bad('BAD_CONTENT_LENGTH')],
  [
    'a length with a sign',
    `${ok}content-length: +3\r\n\r\nabc`,
    'stays',
    bad('BAD_CONTENT_LENGTH'),
  ],
  ['a length in hex', `${ok}content-length: 0x3\r\n\r\nabc`, 'stays', bad('BAD_CONTENT_LENGTH')],
  [
    'a length above 2^64',
    `${ok}content-length: 99999999999999999999\r\n\r\n`,
    'stays',
    bad('CONTENT_LENGTH_TOO_LARGE'),
  ],
  [
    'a length above the limit',
    `${ok}content-length: 1001\r\n\r\n`,
    'stays',
    bad('CONTENT_LENGTH_TOO_LARGE'),
  ],
  [
    'a length and chunks',
    `${ok}content-length: 3\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n`,
    'stays',
    bad('LENGTH_AND_TRANSFER_ENCODING'),
  ],
  [
    'a coding that is not chunked',
    `${ok}transfer-encoding: gzip\r\n\r\n`,
    'stays',
    bad('UNSUPPORTED_TRANSFER_ENCODING'),
  ],
  [
    'chunked twice',
    `${ok}transfer-encoding: chunked, chunked\r\n\r\n0\r\n\r\n`,
    'stays',
    bad('BAD_TRANSFER_ENCODING'),
  ],
  [
    'chunks in HTTP/1.0',
    'HTTP/1.0 200 OK\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n',
    'stays',
    bad('TRANSFER_ENCODING_IN_HTTP10'),
  ],
  [
    'too little body',
    `${ok}content-length: 5\r\n\r\nabc`,
    'ends',
    `200, then ${cut('TRUNCATED_BODY')}`,
  ],
  [
    'too little body and a reset',
    `${ok}content-length: 5\r\n\r\nabc`,
    'resets',
    '200, then RESPONSE_CUT idempotent, closed',
  ],
  [
    'a body that stalls',
    `${ok}content-length: 5\r\n\r\nabc`,
    'stays',
    '200, then BODY_TIMEOUT idempotent, closed',
  ],
  [
    'an endless body that the end delimits',
    `${ok}\r\n${'a'.repeat(2000)}`,
    'stays',
    badBody('BODY_TOO_LARGE'),
  ],

  // Chunks.
  ['a chunk of ffffff', `${chunked}ffffff\r\n`, 'stays', badBody('CHUNK_TOO_LARGE')],
  ['a chunk size of 2^64', `${chunked}10000000000000000\r\n`, 'stays', badBody('CHUNK_TOO_LARGE')],
  ['a chunk size that is no number', `${chunked}xyz\r\n`, 'stays', badBody('BAD_CHUNK_SIZE')],
  ['a chunk size with 0x', `${chunked}0x3\r\nabc\r\n`, 'stays', badBody('BAD_CHUNK_SIZE')],
  ['a negative chunk size', `${chunked}-3\r\n`, 'stays', badBody('BAD_CHUNK_SIZE')],
  ['an empty chunk size', `${chunked}\r\n`, 'stays', badBody('BAD_CHUNK_SIZE')],
  ['a chunk line with a bare LF', `${chunked}3\nabc\n0\n\n`, 'stays', badBody('BARE_LINE_FEED')],
  ['chunk data without CRLF', `${chunked}3\r\nabcdef`, 'stays', badBody('BAD_CHUNK_END')],
  [
    'an extension without a name',
    `${chunked}3;=x\r\nabc\r\n`,
    'stays',
    badBody('BAD_CHUNK_EXTENSION'),
  ],
  [
    'an endless chunk line',
    `${chunked}3;${'x'.repeat(300)}`,
    'stays',
    badBody('CHUNK_LINE_TOO_LONG'),
  ],
  [
    'many extensions',
    `${chunked}${'1;abc=defghijkl\r\nx\r\n'.repeat(5)}`,
    'stays',
    badBody('CHUNK_EXTENSIONS_TOO_LARGE'),
  ],
  [
    'chunks above the limit together',
    `${chunked}${`1f4\r\n${'a'.repeat(500)}\r\n`.repeat(3)}`,
    'stays',
    badBody('BODY_TOO_LARGE'),
  ],
  ['chunks without an end', `${chunked}3\r\nabc\r\n`, 'ends', `200, then ${cut('TRUNCATED_BODY')}`],
  [
    'chunks that stall',
    `${chunked}3\r\nabc\r\n`,
    'stays',
    '200, then BODY_TIMEOUT idempotent, closed',
  ],
  [
    'endless trailers',
    `${chunked}0\r\nx: ${'y'.repeat(300)}`,
    'stays',
    badBody('TRAILER_TOO_LARGE'),
  ],
  [
    'framing in a trailer',
    `${chunked}0\r\ncontent-length: 3\r\n\r\n`,
    'stays',
    badBody('BAD_TRAILER'),
  ],

  // What doesn't belong to the response.
  ['garbage behind a body', `${ok}content-length: 3\r\n\r\nabcGARBAGE`, 'stays', '200 abc, closed'],
  [
    'a second response',
    `${ok}content-length: 1\r\n\r\na${ok}content-length: 1\r\n\r\nb`,
    'stays',
    '200 a, closed',
  ],
  ['garbage behind 204', 'HTTP/1.1 204 No Content\r\n\r\ngarbage', 'stays', '204 null, closed'],
  [
    'a body behind 204',
    'HTTP/1.1 204 No Content\r\ncontent-length: 3\r\n\r\nabc',
    'stays',
    '204 null, closed',
  ],
  [
    'a body behind 304',
    'HTTP/1.1 304 Not Modified\r\ncontent-length: 3\r\n\r\nabc',
    'stays',
    '304 null, closed',
  ],
  ['a body behind HEAD', `${ok}content-length: 3\r\n\r\nabc`, 'stays', '200 null, closed', 'HEAD'],
  ['garbage behind the last chunk', `${chunked}0\r\n\r\n0\r\n\r\n`, 'stays', '200 , closed'],
  [
    '101 unasked',
    'HTTP/1.1 101 Switching Protocols\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n',
    'stays',
    bad('UNASKED_SWITCH'),
  ],
  [
    '100 and no more',
    'HTTP/1.1 100 Continue\r\n\r\n',
    'stays',
    'RESPONSE_TIMEOUT idempotent, closed',
  ],
  ['100 and an end', 'HTTP/1.1 100 Continue\r\n\r\n', 'ends', cut('TRUNCATED_HEAD')],
  [
    'a flood of interim responses',
    'HTTP/1.1 102 Processing\r\n\r\n'.repeat(100),
    'stays',
    bad('TOO_MANY_INTERIM_RESPONSES'),
  ],
];

/** Sends the bytes of a row, and ends as it says. */
export function play(socket: Socket, [, bytes, ending]: Row): void {
  const end = (): void => {
    if (ending === 'ends') socket.end();
    else if (ending === 'resets') socket.resetAndDestroy();
  };
  if (bytes === '') end();
  else socket.write(Buffer.from(bytes, 'latin1'), () => setImmediate(end));
}
