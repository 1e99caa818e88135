import { STATUS_CODES, type IncomingMessage, type OutgoingHttpHeaders } from 'node:http';
import type { Duplex } from 'node:stream';

/** Why a request is refused, in the words of the package `ws`. */
export interface Refusal {
  readonly status: number;
  readonly text?: string;
  readonly headers?: OutgoingHttpHeaders;
}

const KEY = /^[+/0-9A-Za-z]{22}==$/;
const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;

/** What is wrong with a handshake (RFC 6455 section 4.2.1); null: nothing. */
export function refusalOf({ headers, method }: IncomingMessage): Refusal | null {
  if (method !== 'GET') return { status: 405, text: 'Invalid HTTP method' };
  if (headers.upgrade?.toLowerCase() !== 'websocket') {
    return { status: 400, text: 'Invalid Upgrade header' };
  }
  if (!KEY.test(headers['sec-websocket-key'] ?? '')) {
    return { status: 400, text: 'Missing or invalid Sec-WebSocket-Key header' };
  }
  const version = headers['sec-websocket-version'];
  if (version === '13' || version === '8') return null;
  return {
    status: 400,
    text: 'Missing or invalid Sec-WebSocket-Version header',
    headers: { 'Sec-WebSocket-Version': '13, 8' },
  };
}

/** The sub-protocols of a request, in order; null when the field is malformed. */
export function protocolsOf({ headers }: IncomingMessage): Set<string> | null {
  const field = headers['sec-websocket-protocol'];
  if (field === undefined) return new Set();
  const items = field.split(',').map((item) => item.trim());
  const protocols = new Set(items);
  return items.every((item) => TOKEN.test(item)) && protocols.size === items.length
    ? protocols
    : null;
}

/** Answers a request that is refused, and closes. */
export function refuse(socket: Duplex, { status, text, headers = {} }: Refusal): void {
  const reason = STATUS_CODES[status] ?? '';
  const message = text ?? reason;
  const fields: OutgoingHttpHeaders = {
    Connection: 'close',
    'Content-Type': 'text/html',
    'Content-Length': Buffer.byteLength(message),
    ...headers,
  };
  const lines = Object.entries(fields).map(([name, value]) => `${name}: ${String(value)}\r\n`);
  socket.once('finish', () => socket.destroy());
  socket.end(`HTTP/1.1 ${status} ${reason}\r\n${lines.join('')}\r\n${message}`);
}
