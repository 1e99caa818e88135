import type { IncomingMessage } from 'node:http';
import { createRequire } from 'node:module';
import type { Duplex } from 'node:stream';
import { GudegError } from '../errors.ts';
import type { CompleteWebSocketOptions } from './websocket-options.ts';

/** A socket of the package ws, as far as it is used here. */
export interface WsSocket {
  readonly readyState: number;
  readonly bufferedAmount: number;
  readonly extensions: string;
  on(event: string, listener: (...given: never[]) => void): this;
  send(
    data: string | Uint8Array,
    options: { binary: boolean; compress: boolean },
    sent: () => void,
  ): void;
  ping(data: Uint8Array | string): void;
  pong(data: Uint8Array | string): void;
  close(code: number, reason: string): void;
  terminate(): void;
  pause(): void;
  resume(): void;
}

/** A server of the package ws that has no socket of its own. */
export interface WsServer {
  on(event: 'headers', listener: (lines: string[], request: IncomingMessage) => void): this;
  handleUpgrade(
    request: IncomingMessage,
    socket: Duplex,
    head: Buffer,
    accepted: (socket: WsSocket) => void,
  ): void;
}

interface WsPackage {
  readonly WebSocketServer: new (options: Record<string, unknown>) => WsServer;
}

/** How ws is to answer one request. */
interface WsAnswer {
  readonly protocol: string | null;
  readonly fields: Readonly<Record<string, unknown>>;
}

const NO_BYTES: Buffer = Buffer.alloc(0);
/** ws writes these itself. */
const HANDSHAKE_FIELDS = /^(?:connection|upgrade|sec-websocket-.*)$/i;

const servers = new WeakMap<CompleteWebSocketOptions, WsServer>();
const answers = new WeakMap<IncomingMessage, WsAnswer>();
let wsPackage: WsPackage | undefined;

/** The package ws. @throws GUDEG_ERR_WEBSOCKET_PACKAGE when it is not installed */
export function loadWs(): WsPackage {
  try {
    return (wsPackage ??= createRequire(import.meta.url)('ws') as WsPackage);
  } catch (cause) {
    if ((cause as { code?: unknown } | null)?.code !== 'MODULE_NOT_FOUND') throw cause;
    throw new GudegError(
      'GUDEG_ERR_WEBSOCKET_PACKAGE',
      'a WebSocket on a server of node:http needs the package ws, which cannot be found; run `npm install ws`, or have the app run on the engine',
      { cause },
    );
  }
}

/** Whether handlers can run on a server of node:http. @throws GUDEG_ERR_WEBSOCKET_PACKAGE */
export function checkNodeHost(): void {
  loadWs();
}

/** Has ws answer a request whose handshake was found to be right. */
export function acceptThroughWs(
  request: IncomingMessage,
  socket: Duplex,
  options: CompleteWebSocketOptions,
  answer: WsAnswer,
): Promise<WsSocket> {
  answers.set(request, answer);
  return new Promise((resolve) => {
    serverOf(options).handleUpgrade(request, socket, NO_BYTES, resolve);
  });
}

/** One for all sockets of a gateway. */
function serverOf(options: CompleteWebSocketOptions): WsServer {
  let server = servers.get(options);
  if (server === undefined) {
    server = new (loadWs().WebSocketServer)({
      noServer: true,
      clientTracking: false,
      maxPayload: options.maxMessageBytes,
      maxFragments: options.maxFrames,
      perMessageDeflate: deflateOf(options),
      handleProtocols: (_offered: unknown, request: IncomingMessage) =>
        answers.get(request)?.protocol ?? false,
    });
    server.on('headers', addFields);
    servers.set(options, server);
  }
  return server;
}

function addFields(lines: string[], request: IncomingMessage): void {
  for (const [name, value] of Object.entries(answers.get(request)?.fields ?? {})) {
    if (HANDSHAKE_FIELDS.test(name) || value === undefined) continue;
    for (const each of [value].flat()) lines.push(`${name}: ${each as string}`);
  }
}

function deflateOf({ deflate }: CompleteWebSocketOptions): Record<string, unknown> | false {
  if (deflate === null) return false;
  const { serverMaxWindowBits, clientMaxWindowBits } = deflate;
  return {
    serverNoContextTakeover: deflate.serverNoContextTakeover,
    clientNoContextTakeover: deflate.clientNoContextTakeover,
    // What ws is told of, it asks the client for.
    ...(serverMaxWindowBits < 15 && { serverMaxWindowBits }),
    ...(clientMaxWindowBits < 15 && { clientMaxWindowBits }),
    zlibDeflateOptions: { level: deflate.level, memLevel: deflate.memoryLevel },
    // Whoever sends says what is compressed.
    threshold: 0,
  };
}
