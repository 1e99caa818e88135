import type { OutgoingHttpHeaders, ServerResponse } from 'node:http';
import type { HostFields } from './host-headers.ts';
import { answerHead, closeBody, type StreamedBody } from './answer-head.ts';
import { MessageSink } from './message-sink.ts';

/**
 * Sends what an app answered through a host's response, and gives a promise where the body takes time.
 * What can't be sent raises an error before anything is sent. An answer that fails on its way cuts the
 * connection and rejects; that the client went away is no failure.
 *
 * @param earlier the fields that the host has set
 * @throws GUDEG_ERR_APP_RESPONSE
 */
export function sendResponse(
  target: ServerResponse,
  response: unknown,
  earlier: Readonly<HostFields> = target.getHeaders(),
): void | Promise<void> {
  try {
    return send(target, response, earlier);
  } catch (error) {
    closeBody(response);
    throw error;
  }
}

function send(
  target: ServerResponse,
  response: unknown,
  earlier: Readonly<HostFields>,
): void | Promise<void> {
  const isHead = target.req.method === 'HEAD';
  const { status, reason, fields, body } = answerHead(response, earlier, isHead);
  // The client went away, or the host has answered in the meantime.
  if (target.destroyed || target.headersSent) {
    closeBody(response);
    return;
  }
  // The app's body has a framing of its own.
  for (const name of ['content-length', 'transfer-encoding']) {
    if (earlier[name] !== undefined) target.removeHeader(name);
  }
  target.writeHead(status, reason, fields as OutgoingHttpHeaders);
  if (body === null) {
    closeBody(response);
    target.end();
  } else if (typeof body === 'string' || body instanceof Uint8Array) {
    target.end(body);
  } else {
    return stream(target, body);
  }
}

async function stream(target: ServerResponse, body: StreamedBody): Promise<void> {
  try {
    await body.writeTo(new MessageSink(target));
    target.end();
  } catch (error) {
    target.destroy();
    if ((error as { code?: unknown } | null)?.code !== 'GUDEG_ERR_CONNECTION_CLOSED') throw error;
  }
}
