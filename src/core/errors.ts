import { inspect } from 'node:util';

/** What the table says about one code: the fault in words, the HTTP status that answers it, if one does. */
export interface ErrorEntry {
  readonly text: string;
  readonly status?: number;
}

/**
 * Every code that an error of this package may carry. The `GUDEG_ERR_HTTP_` rows are the engine's
 * faults (native/engine/fault.h), in its order.
 */
export const errorTable = {
  GUDEG_ERR_INVALID_ARG_TYPE: { text: 'an argument has the wrong type' },
  GUDEG_ERR_INVALID_ARG_VALUE: {
    text: 'an argument has the right type and a value that is no use',
  },
  GUDEG_ERR_OUT_OF_RANGE: { text: 'a number is outside what is allowed' },
  GUDEG_ERR_INVALID_OPTION: { text: 'an options object has an unknown option or a bad value' },
  GUDEG_ERR_INVALID_ADDRESS: { text: 'a socket address has none of the known forms' },
  GUDEG_ERR_NATIVE_UNAVAILABLE: { text: 'the native addon cannot be loaded on this machine' },

  GUDEG_ERR_APP_LOAD: { text: 'the module or export named on the command line is no app' },
  GUDEG_ERR_CONFIG: { text: 'a configuration file is missing, broken or wrong' },
  GUDEG_ERR_WORKER_CLASS: {
    text: 'the worker class is unknown, or cannot serve what it was given',
  },
  GUDEG_ERR_PIDFILE: { text: 'the pidfile cannot be written, or names a process that runs' },
  GUDEG_ERR_CONTROL_ABSENT: { text: 'no arbiter listens at the control socket' },
  GUDEG_ERR_CONTROL_DENIED: { text: 'this user may not command the arbiter' },
  GUDEG_ERR_USER: { text: 'a user or group is unknown, or the process may not become it' },
  GUDEG_ERR_SERVER_STATE: { text: 'a server method was called at the wrong time of its life' },
  GUDEG_ERR_EMBEDDED_SERVER: {
    text: 'the process of an EmbeddedServer ended before it listened',
  },
  GUDEG_ERR_TOO_MANY_CONNECTIONS: {
    text: 'a connection was refused because maxConnections are open',
    status: 503,
  },
  GUDEG_ERR_CONNECTION_CLOSED: {
    text: 'the connection closed before the body was read or the answer was sent',
  },
  GUDEG_ERR_REQUEST_OVER: {
    text: 'fields or body of a request were asked for after it was answered',
  },
  GUDEG_ERR_FILE_SEND: { text: 'the kernel could not send a file as a body' },

  GUDEG_ERR_CLIENT_CONNECT: { text: 'no connection came about; retry: always safe' },
  GUDEG_ERR_CLIENT_CONNECT_TIMEOUT: {
    text: 'no connection came about in connectTimeoutMs; retry: always safe',
  },
  GUDEG_ERR_CLIENT_CLOSED: {
    text: 'the connection was closed before the request was sent; retry: always safe',
  },
  GUDEG_ERR_CLIENT_NO_RESPONSE: {
    text: 'the server closed before a byte of the response; retry: safe if the method is idempotent',
  },
  GUDEG_ERR_CLIENT_RESPONSE_TIMEOUT: {
    text: 'no response came in responseTimeoutMs; retry: safe if the method is idempotent',
  },
  GUDEG_ERR_CLIENT_BODY_TIMEOUT: {
    text: 'the body of a response stalled; retry: safe if the method is idempotent',
  },
  GUDEG_ERR_CLIENT_WRITE_TIMEOUT: {
    text: 'the server did not take the request; retry: safe if the method is idempotent',
  },
  GUDEG_ERR_CLIENT_RESPONSE_CUT: {
    text: 'the connection broke inside a response; retry: safe if the method is idempotent',
  },
  GUDEG_ERR_CLIENT_BAD_RESPONSE: {
    text: 'the response breaks HTTP/1.1 (see cause); retry: safe if the method is idempotent',
  },
  GUDEG_ERR_CLIENT_BUSY: {
    text: 'a request was made while another runs, or before the last response was read',
  },
  GUDEG_ERR_CLIENT_REQUEST: { text: 'a request cannot be sent as it was given' },
  GUDEG_ERR_CLIENT_POOL_FULL: {
    text: 'more than maxQueued requests wait for a connection; retry: always safe',
  },
  GUDEG_ERR_CLIENT_REFUSED: { text: 'onConnect of a client did not give true' },

  GUDEG_ERR_TLS_UNAVAILABLE: { text: 'this Node has no OpenSSL that the engine can use' },
  GUDEG_ERR_TLS_FILE: { text: 'a file that a TLS option names cannot be read' },
  GUDEG_ERR_TLS_CERTIFICATE: { text: 'a TLS option holds no certificate, or a broken one' },
  GUDEG_ERR_TLS_KEY: { text: 'a TLS option holds no private key, or one that is of no use' },
  GUDEG_ERR_TLS_KEY_MISMATCH: { text: 'a private key does not belong to its certificate' },
  GUDEG_ERR_TLS_NO_CLIENT_CERTIFICATE: {
    text: 'a client has no certificate for a server that asks for one',
  },
  GUDEG_ERR_TLS_UNKNOWN_CA: { text: 'the certificate of a peer leads to no trusted CA' },
  GUDEG_ERR_TLS_CERTIFICATE_EXPIRED: {
    text: 'the certificate of a peer is expired or not valid yet',
  },
  GUDEG_ERR_TLS_HOSTNAME: {
    text: 'the certificate of a server is not for the name it was asked by',
  },
  GUDEG_ERR_TLS_CERTIFICATE_REJECTED: { text: 'a certificate is refused for another reason' },
  GUDEG_ERR_TLS_VERSION: { text: 'the two ends have no version of TLS in common' },
  GUDEG_ERR_TLS_NO_COMMON_CIPHER: {
    text: 'the two ends have no cipher suite, curve or signature algorithm in common',
  },
  GUDEG_ERR_TLS_ALPN: { text: 'the two ends have no application protocol in common' },
  GUDEG_ERR_TLS_PLAINTEXT: { text: 'a peer speaks plain text where TLS is spoken' },
  GUDEG_ERR_TLS_HANDSHAKE_TIMEOUT: { text: 'a TLS handshake took too long' },
  GUDEG_ERR_TLS_HANDSHAKE_CUT: { text: 'a peer closed inside a TLS handshake' },
  GUDEG_ERR_TLS_RENEGOTIATION: { text: 'a peer wanted to negotiate TLS again' },
  GUDEG_ERR_TLS_ALERT: { text: 'a peer ended TLS with an alert' },
  GUDEG_ERR_TLS_PROTOCOL: { text: 'a peer broke the TLS protocol' },
  GUDEG_ERR_PKI: { text: 'a file of a PKI is missing, broken, or there already' },

  GUDEG_ERR_BODY_STATE: { text: 'a body was used again, or while another operation runs' },
  GUDEG_ERR_BODY_TOO_LARGE: { text: 'read() would give more than maxReadBytes', status: 413 },
  GUDEG_ERR_BODY_TRUNCATED: {
    text: 'a body source ended before content-length bytes',
    status: 400,
  },
  GUDEG_ERR_BODY_SOURCE: { text: 'a body source gave something that is not what was asked for' },
  GUDEG_ERR_BODY_SINK: { text: 'a stream was closed while a body was written to it' },
  GUDEG_ERR_BODY_LENGTH: { text: 'the items of a BodyIter are not content-length bytes together' },
  GUDEG_ERR_BODY_CHUNKS: { text: 'the last chunk, and only the last, must be empty' },
  GUDEG_ERR_BODY_JSON: { text: 'a body that was read as JSON is not JSON', status: 400 },
  GUDEG_ERR_BAD_CHUNK_EXTENSION: {
    text: 'an outgoing chunk extension is not key, or key and value',
  },
  GUDEG_ERR_BAD_TRAILER: {
    text: 'an outgoing trailer field is malformed or not allowed in a trailer',
  },

  GUDEG_ERR_APP_RESPONSE: { text: 'an app answered something that is not a response', status: 500 },
  GUDEG_ERR_APP_BODY_UNREAD: {
    text: 'an app answered before it read the request body',
    status: 500,
  },
  GUDEG_ERR_APP_CONTRACT: {
    text: 'the Validator saw a server or an app break the RGI contract',
    status: 500,
  },
  GUDEG_ERR_CONNECTION_REJECTED: {
    text: 'the onConnect of an app that is mounted in a host rejected the connection',
    status: 403,
  },
  GUDEG_ERR_HOST_BODY_READ: {
    text: 'a host framework read the request body before the app that is mounted in it',
    status: 500,
  },
  GUDEG_ERR_ROUTER_DEPTH: { text: 'a Router map is nested deeper than 10 levels, or holds itself' },

  GUDEG_ERR_WEBSOCKET_CLOSED: {
    text: 'a message was sent on a WebSocket that is closing or closed',
  },
  GUDEG_ERR_WEBSOCKET_BUSY: {
    text: 'each() was called while another each() has the messages of the same socket',
  },
  GUDEG_ERR_WEBSOCKET_PACKAGE: {
    text: 'a WebSocket on node:http needs the package ws, which is not installed',
  },
  GUDEG_ERR_WEBSOCKET_HANDSHAKE: { text: 'a server did not answer the handshake of a WebSocket' },

  GUDEG_ERR_GATEWAY_RESPONSE: {
    text: 'a gateway app gave a response that cannot be sent',
    status: 500,
  },
  GUDEG_ERR_GATEWAY_CONTRACT: {
    text: 'the validator saw a server or a gateway app break the gateway contract',
    status: 500,
  },

  GUDEG_ERR_HUB_BLOCKING: { text: 'a blocking call was made outside a green thread' },
  GUDEG_ERR_HUB_STACK: { text: 'the system refuses another stack for a green thread' },
  GUDEG_ERR_HUB_DEADLOCK: { text: 'a green thread waits for what nothing can bring about' },
  GUDEG_ERR_HUB_KILLED: { text: 'a green thread was killed' },
  GUDEG_ERR_HUB_TIMEOUT: { text: 'a timeout has passed' },
  GUDEG_ERR_HUB_EMPTY: { text: 'a queue has no item' },
  GUDEG_ERR_HUB_FULL: { text: 'a queue or a pool has no free slot' },
  GUDEG_ERR_HUB_SHUT_DOWN: { text: 'a queue was shut down' },
  GUDEG_ERR_HUB_STATE: { text: 'a primitive cannot do that in its present state' },
  GUDEG_ERR_HUB_SCOPE: { text: 'a scope is closed' },
  GUDEG_ERR_HUB_STOP_SERVE: { text: 'a server was told to stop' },
  GUDEG_ERR_HUB_PEER: { text: 'an optional package that was asked for is not installed' },
  GUDEG_ERR_HUB_BUSY_DESCRIPTOR: {
    text: 'two green threads wait for the same event of one descriptor',
  },
  GUDEG_ERR_HUB_DEPENDENCY: { text: 'a value is missing because what makes it failed' },
  GUDEG_ERR_HUB_IO: { text: 'a descriptor cannot be watched or is closed' },

  GUDEG_ERR_HTTP_BAD_REQUEST_LINE: { status: 400, text: 'the request line is malformed' },
  GUDEG_ERR_HTTP_BAD_METHOD: { status: 400, text: 'the method is not a token' },
  GUDEG_ERR_HTTP_UNSUPPORTED_METHOD: { status: 501, text: 'the method is not supported' },
  GUDEG_ERR_HTTP_BAD_TARGET: {
    status: 400,
    text: 'the request target holds a forbidden byte or form',
  },
  GUDEG_ERR_HTTP_TARGET_TOO_LONG: {
    status: 414,
    text: 'the request line is longer than the limit',
  },
  GUDEG_ERR_HTTP_BAD_VERSION: { status: 400, text: 'the protocol version is malformed' },
  GUDEG_ERR_HTTP_UNSUPPORTED_VERSION: { status: 505, text: 'the protocol version is not HTTP/1.x' },
  GUDEG_ERR_HTTP_BAD_STATUS_LINE: { status: 400, text: 'the status line is malformed' },
  GUDEG_ERR_HTTP_BAD_STATUS: { status: 400, text: 'the status is not in 100..599' },
  GUDEG_ERR_HTTP_BAD_REASON: { status: 400, text: 'the reason phrase holds a forbidden byte' },
  GUDEG_ERR_HTTP_BARE_LINE_FEED: { status: 400, text: 'a line ends in a bare LF or CR' },
  GUDEG_ERR_HTTP_OBSOLETE_FOLDING: { status: 400, text: 'a field line starts with white space' },
  GUDEG_ERR_HTTP_BAD_FIELD_LINE: {
    status: 400,
    text: 'a field line has no colon or a malformed separator',
  },
  GUDEG_ERR_HTTP_BAD_FIELD_NAME: { status: 400, text: 'a field name is not a token' },
  GUDEG_ERR_HTTP_BAD_FIELD_VALUE: { status: 400, text: 'a field value holds a control character' },
  GUDEG_ERR_HTTP_HEAD_TOO_LARGE: { status: 431, text: 'the head is larger than the limit' },
  GUDEG_ERR_HTTP_TOO_MANY_FIELDS: { status: 431, text: 'the head has more fields than the limit' },
  GUDEG_ERR_HTTP_DUPLICATE_FIELD: { status: 400, text: 'a field that may occur once occurs twice' },
  GUDEG_ERR_HTTP_MISSING_HOST: { status: 400, text: 'an HTTP/1.1 request has no host field' },
  GUDEG_ERR_HTTP_DUPLICATE_HOST: { status: 400, text: 'a request has more than one host field' },
  GUDEG_ERR_HTTP_BAD_HOST: { status: 400, text: 'the host field is malformed' },
  GUDEG_ERR_HTTP_BAD_CONTENT_LENGTH: { status: 400, text: 'the content-length is malformed' },
  GUDEG_ERR_HTTP_CONTENT_LENGTH_TOO_LARGE: {
    status: 413,
    text: 'the content-length is above the limit',
  },
  GUDEG_ERR_HTTP_DUPLICATE_CONTENT_LENGTH: {
    status: 400,
    text: 'there is more than one content-length',
  },
  GUDEG_ERR_HTTP_LENGTH_AND_TRANSFER_ENCODING: {
    status: 400,
    text: 'both content-length and transfer-encoding are present',
  },
  GUDEG_ERR_HTTP_BAD_TRANSFER_ENCODING: { status: 400, text: 'the transfer-encoding is malformed' },
  GUDEG_ERR_HTTP_UNSUPPORTED_TRANSFER_ENCODING: {
    status: 501,
    text: 'the transfer-encoding is not chunked',
  },
  GUDEG_ERR_HTTP_TRANSFER_ENCODING_IN_HTTP10: {
    status: 400,
    text: 'HTTP/1.0 has no transfer-encoding',
  },
  GUDEG_ERR_HTTP_UNSUPPORTED_EXPECTATION: {
    status: 417,
    text: 'the expectation is not 100-continue',
  },
  GUDEG_ERR_HTTP_BODY_NOT_ALLOWED: { status: 400, text: 'the method or status allows no body' },
  GUDEG_ERR_HTTP_BAD_RANGE: { status: 400, text: 'the range is malformed' },
  GUDEG_ERR_HTTP_BAD_CONTENT_RANGE: { status: 400, text: 'the content-range is malformed' },
  GUDEG_ERR_HTTP_RANGE_WITH_BODY: {
    status: 400,
    text: 'range and a body length exclude each other',
  },
  GUDEG_ERR_HTTP_MISPLACED_RANGE: {
    status: 400,
    text: 'range or content-range is in the wrong message',
  },
  GUDEG_ERR_HTTP_BAD_CHUNK_SIZE: { status: 400, text: 'the chunk size is malformed' },
  GUDEG_ERR_HTTP_CHUNK_TOO_LARGE: { status: 413, text: 'a chunk is larger than the limit' },
  GUDEG_ERR_HTTP_BAD_CHUNK_EXTENSION: { status: 400, text: 'the chunk extension is malformed' },
  GUDEG_ERR_HTTP_CHUNK_LINE_TOO_LONG: {
    status: 400,
    text: 'the chunk line is longer than the limit',
  },
  GUDEG_ERR_HTTP_CHUNK_EXTENSIONS_TOO_LARGE: {
    status: 413,
    text: 'the chunk extensions of the body are larger than the limit',
  },
  GUDEG_ERR_HTTP_BAD_CHUNK_END: { status: 400, text: 'chunk data is not followed by CRLF' },
  GUDEG_ERR_HTTP_BAD_TRAILER: { status: 400, text: 'the trailer section is malformed' },
  GUDEG_ERR_HTTP_TRAILER_TOO_LARGE: {
    status: 431,
    text: 'the trailer section is larger than the limit',
  },
  GUDEG_ERR_HTTP_BODY_TOO_LARGE: { status: 413, text: 'the body is larger than the limit' },
  GUDEG_ERR_HTTP_EMPTY_HEAD: { status: 400, text: 'the peer closed before a message began' },
  GUDEG_ERR_HTTP_TRUNCATED_HEAD: { status: 400, text: 'the peer closed inside a message head' },
  GUDEG_ERR_HTTP_TRUNCATED_BODY: { status: 400, text: 'the peer closed inside a message body' },
  GUDEG_ERR_HTTP_TOO_MANY_INTERIM_RESPONSES: {
    status: 400,
    text: 'there are more interim responses than allowed',
  },
  GUDEG_ERR_HTTP_UNASKED_SWITCH: { status: 400, text: 'the peer switched protocols unasked' },
  GUDEG_ERR_HTTP_UNASKED_BYTES: { status: 400, text: 'bytes came that belong to no response' },
  GUDEG_ERR_HTTP_MISSING_PROXY_HEADER: {
    status: 400,
    text: 'the connection begins without a PROXY header',
  },
  GUDEG_ERR_HTTP_BAD_PROXY_HEADER: { status: 400, text: 'the PROXY header is malformed' },
  GUDEG_ERR_HTTP_PROXY_HEADER_TOO_LARGE: {
    status: 400,
    text: 'the PROXY header is larger than the limit',
  },
  GUDEG_ERR_HTTP_FOREIGN_PROXY: {
    status: 403,
    text: 'the peer is none of the proxies that are allowed',
  },
  GUDEG_ERR_HTTP_OUTPUT_TOO_LARGE: {
    status: 500,
    text: 'the rendered head is larger than the limit',
  },
  GUDEG_ERR_HTTP_BAD_OUTPUT_FIELD: {
    status: 500,
    text: 'an outgoing field name or value is malformed',
  },
  GUDEG_ERR_HTTP_BAD_OUTPUT_START_LINE: {
    status: 500,
    text: 'an outgoing start line is malformed',
  },
  GUDEG_ERR_HTTP_BAD_OUTPUT_CHUNK: {
    status: 500,
    text: 'an outgoing chunk or its extension is malformed',
  },
} as const;

/** A key of `errorTable`. */
export type ErrorCode = keyof typeof errorTable;

/** A code of the HTTP engine. */
export type HttpErrorCode = Extract<ErrorCode, `GUDEG_ERR_HTTP_${string}`>;

/** What all errors of this package have in common, whatever class they extend. */
export interface CodedError extends Error {
  /** Which fault it is; a key of `errorTable`. */
  readonly code: ErrorCode;
  /** The HTTP status that answers the fault; undefined where no status fits better than 500. */
  readonly status: number | undefined;
}

/** An error of this package. `instanceof GudegError` holds for every one, also from another copy of the package. */
export class GudegError extends Error implements CodedError {
  readonly code: ErrorCode;

  constructor(code: ErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }

  get status(): number | undefined {
    return statusOf(this.code);
  }
}

/** A `TypeError` of this package: an argument or an answer of the wrong kind. */
export class GudegTypeError extends TypeError implements CodedError {
  readonly code: ErrorCode;

  constructor(code: ErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }

  get status(): number | undefined {
    return statusOf(this.code);
  }
}

/** A `RangeError` of this package: a number or a size outside what is allowed. */
export class GudegRangeError extends RangeError implements CodedError {
  readonly code: ErrorCode;

  constructor(code: ErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }

  get status(): number | undefined {
    return statusOf(this.code);
  }
}

/** The peer, or outgoing data, broke HTTP/1.1 (RFC 9110, RFC 9112). `status` is what a server answers. */
export class HttpProtocolError extends GudegError {
  declare readonly code: HttpErrorCode;

  /** @param detail what was met, appended to the text of the code */
  constructor(code: HttpErrorCode, detail?: string, options?: ErrorOptions) {
    const { text } = errorTable[code];
    super(code, detail === undefined ? text : `${text}: ${detail}`, options);
  }

  override get status(): number {
    return errorTable[this.code].status;
  }

  /** The error for an engine fault by its name there: `'BadRequestLine'`. */
  static fromFault(name: string, detail?: string): HttpProtocolError {
    const code = `GUDEG_ERR_HTTP_${name.replace(/(?<=[a-z0-9])(?=[A-Z])/g, '_').toUpperCase()}`;
    return new HttpProtocolError(code as HttpErrorCode, detail);
  }
}

/** When a failed request may be sent again without doing twice what it does. */
export type RetrySafety = 'always' | 'idempotent';

/** A request of a client failed on its way. */
export class ClientError extends GudegError {
  /**
   * `'always'`: the server has seen nothing of the request. `'idempotent'`: it may have acted on it,
   * so send again only what may be done twice (RFC 9110 section 9.2.2).
   */
  readonly retry: RetrySafety;

  constructor(code: ErrorCode, retry: RetrySafety, message: string, options?: ErrorOptions) {
    super(code, message, options);
    this.retry = retry;
  }
}

/** `${name} must be ${expected}; got …` as a `TypeError`, code GUDEG_ERR_INVALID_ARG_TYPE. */
export function invalidArgType(name: string, expected: string, value: unknown): GudegTypeError {
  return new GudegTypeError(
    'GUDEG_ERR_INVALID_ARG_TYPE',
    `${name} must be ${expected}; got ${describeValue(value)}`,
  );
}

/** `the option ${name} must be ${expected}; got …`, code GUDEG_ERR_INVALID_OPTION. */
export function invalidOption(name: string, expected: string, value: unknown): GudegError {
  return new GudegError(
    'GUDEG_ERR_INVALID_OPTION',
    `the option ${name} must be ${expected}; got ${describeValue(value)}`,
  );
}

/** `${name} must be ${expected}; got …` as a `RangeError`, code GUDEG_ERR_OUT_OF_RANGE. */
export function outOfRange(name: string, expected: string, value: unknown): GudegRangeError {
  return new GudegRangeError(
    'GUDEG_ERR_OUT_OF_RANGE',
    `${name} must be ${expected}; got ${describeValue(value)}`,
  );
}

/** A value in one short line, for a message. */
export function describeValue(value: unknown): string {
  return inspect(value, {
    depth: 0,
    maxStringLength: 80,
    maxArrayLength: 4,
    breakLength: Infinity,
  });
}

function statusOf(code: ErrorCode): number | undefined {
  const entry: ErrorEntry = errorTable[code];
  return entry.status;
}

/** Names the class in stacks, and lets `instanceof` look at a mark that every copy of the package sets. */
function mark(errorClass: { prototype: Error }, name: string, ...alsoNamed: string[]): void {
  const key = Symbol.for(`gudeg.${name}`);
  Object.defineProperty(errorClass.prototype, 'name', {
    value: name,
    writable: true,
    configurable: true,
  });
  for (const each of [name, ...alsoNamed]) {
    Object.defineProperty(errorClass.prototype, Symbol.for(`gudeg.${each}`), { value: true });
  }
  Object.defineProperty(errorClass, Symbol.hasInstance, {
    value: function (this: unknown, value: unknown): boolean {
      if (typeof value !== 'object' || value === null) return false;
      // A class that somebody derived from ours inherits this function and is not ours.
      if (this !== errorClass) return Function.prototype[Symbol.hasInstance].call(this, value);
      return key in value;
    },
  });
}

mark(GudegError, 'GudegError');
mark(GudegTypeError, 'GudegTypeError', 'GudegError');
mark(GudegRangeError, 'GudegRangeError', 'GudegError');
mark(HttpProtocolError, 'HttpProtocolError');
mark(ClientError, 'ClientError');
