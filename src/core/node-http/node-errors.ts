import type { EngineFault } from '../native/index.ts';

type CodedError = Error & { code: string };

function coded(message: string, code: string, more: object = {}): CodedError {
  return Object.assign(new Error(message), { code, ...more });
}

/** What node:http gives whoever still reads a request when its connection is gone. */
export function abortedError(): CodedError {
  return coded('aborted', 'ECONNRESET');
}

/** What node:net gives a socket that the peer has reset. */
export function resetError(): CodedError {
  return coded('read ECONNRESET', 'ECONNRESET', { syscall: 'read' });
}

/** What `clientError` gets when a client stops sending inside a body. Node doesn't say more in its message. */
export function truncatedError(): CodedError {
  return coded('Parse Error', 'HPE_INVALID_EOF_STATE', {
    bytesParsed: 0,
    reason: 'Invalid EOF state',
  });
}

/** What `clientError` gets when a head or a body took too long. */
export function requestTimeoutError(): CodedError {
  return coded('Request timeout', 'ERR_HTTP_REQUEST_TIMEOUT');
}

/** Names of llhttp's faults; HPE_INVALID_CONSTANT for those that it doesn't tell apart. */
const LLHTTP_CODES: Readonly<Record<string, string>> = {
  BadRequestLine: 'HPE_INVALID_METHOD',
  BadMethod: 'HPE_INVALID_METHOD',
  UnsupportedMethod: 'HPE_INVALID_METHOD',
  BadTarget: 'HPE_INVALID_URL',
  TargetTooLong: 'HPE_HEADER_OVERFLOW',
  BadVersion: 'HPE_INVALID_VERSION',
  UnsupportedVersion: 'HPE_INVALID_VERSION',
  BareLineFeed: 'HPE_CR_EXPECTED',
  ObsoleteFolding: 'HPE_INVALID_HEADER_TOKEN',
  BadFieldLine: 'HPE_INVALID_HEADER_TOKEN',
  BadFieldName: 'HPE_INVALID_HEADER_TOKEN',
  BadFieldValue: 'HPE_INVALID_HEADER_TOKEN',
  HeadTooLarge: 'HPE_HEADER_OVERFLOW',
  TooManyFields: 'HPE_HEADER_OVERFLOW',
  BadContentLength: 'HPE_INVALID_CONTENT_LENGTH',
  ContentLengthTooLarge: 'HPE_INVALID_CONTENT_LENGTH',
  DuplicateContentLength: 'HPE_UNEXPECTED_CONTENT_LENGTH',
  LengthAndTransferEncoding: 'HPE_INVALID_TRANSFER_ENCODING',
  BadTransferEncoding: 'HPE_INVALID_TRANSFER_ENCODING',
  UnsupportedTransferEncoding: 'HPE_INVALID_TRANSFER_ENCODING',
  TransferEncodingInHttp10: 'HPE_INVALID_TRANSFER_ENCODING',
  BadChunkSize: 'HPE_INVALID_CHUNK_SIZE',
  ChunkTooLarge: 'HPE_INVALID_CHUNK_SIZE',
  ChunkLineTooLong: 'HPE_CHUNK_EXTENSIONS_OVERFLOW',
  BadChunkEnd: 'HPE_STRICT',
  TruncatedHead: 'HPE_INVALID_EOF_STATE',
  TruncatedBody: 'HPE_INVALID_EOF_STATE',
};

/** What `clientError` gets for a message that breaks the protocol. */
export function parseError(fault: EngineFault, rawPacket: Buffer): CodedError {
  const code = LLHTTP_CODES[fault.name] ?? 'HPE_INVALID_CONSTANT';
  return coded(`Parse Error: ${fault.text}`, code, {
    reason: fault.text,
    bytesParsed: 0,
    rawPacket,
  });
}

/** How node:http answers where nobody listens for `clientError`. */
export function errorAnswer(code: string): string {
  const status =
    code === 'HPE_HEADER_OVERFLOW'
      ? '431 Request Header Fields Too Large'
      : code === 'HPE_CHUNK_EXTENSIONS_OVERFLOW'
        ? '413 Payload Too Large'
        : code === 'ERR_HTTP_REQUEST_TIMEOUT'
          ? '408 Request Timeout'
          : '400 Bad Request';
  return `HTTP/1.1 ${status}\r\nConnection: close\r\n\r\n`;
}

/** How node:http answers requests that it doesn't show to the application. */
export function emptyAnswer(status: string): string {
  const date = new Date().toUTCString();
  return `HTTP/1.1 ${status}\r\nConnection: close\r\nDate: ${date}\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`;
}
