import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

/** What node:http listens to on a socket that speaks HTTP, but for the end of the socket. */
const NODE_LISTENERS = /^(?:bound )?(?:socketOn(?:Data|End|Drain|Error|Timeout)|ondrain)$/;
const EVENTS = ['data', 'end', 'drain', 'error', 'timeout'] as const;
/** `headersSent` looks at whether there is text. */
const SENT = 'sent through the socket';

/** A response of node:http, as far as it is used here. */
interface SwitchedResponse {
  finished: boolean;
  _header: string | null;
}

/** Node's parser on the socket of a server. */
interface ParsedSocket extends Socket {
  readonly parser: { remove?(): void } | null;
}

/**
 * Ends HTTP on the connection of a request, as node:http does where somebody listens to `upgrade`. The
 * response counts as finished with 101; nothing was sent. A client sends nothing behind its request
 * before it has the answer (RFC 6455 section 4.1), so that no byte is lost with the parser.
 */
export function takeOverSocket(response: ServerResponse): Socket {
  const socket = response.req.socket as ParsedSocket;
  const switched = response as unknown as SwitchedResponse;
  response.statusCode = 101;
  response.statusMessage = 'Switching Protocols';
  switched._header = SENT;
  switched.finished = true;
  // Node's own listener leaves the socket and its queue; those of loggers see the status.
  response.emit('finish');
  if (response.socket === socket) response.detachSocket(socket);
  for (const event of EVENTS) {
    for (const listener of socket.listeners(event) as (() => void)[]) {
      if (NODE_LISTENERS.test(listener.name)) socket.removeListener(event, listener);
    }
  }
  // It is no connection that waits for a request any more. Node puts it back among those once more, when
  // the parser comes to the end of the request; it is freed with the socket.
  const { parser } = socket;
  parser?.remove?.();
  process.nextTick(() => parser?.remove?.());
  socket.setTimeout(0);
  return socket;
}
