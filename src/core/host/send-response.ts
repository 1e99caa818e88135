import type { OutgoingHttpHeaders, ServerResponse } from 'node:http';
import type { StreamedBody } from '../http/index.ts';
import { answerDirectly } from '../node-http/index.ts';
import { closeBody, type ResponseHeaders } from '../rgi/index.ts';
import { answerHead } from './answer-head.ts';
import type { HostFields } from './host-headers.ts';
import { MessageSink } from './message-sink.ts';
import { isTunnel, sendTunnel } from './send-tunnel.ts';

/**
 * Sends what an app answered through a host's response, or straight to the engine where that is below.
 * What can't be sent raises an error before anything is sent. That the client went away is no failure.
 *
 * @param earlier the fields that the host has set
 * @param onFailure gets what fails behind the head; the connection is cut then
 * @throws GUDEG_ERR_APP_RESPONSE
 */
export function sendResponse(
  target: ServerResponse,
  response: unknown,
  earlier: Readonly<HostFields>,
  onFailure: (error: unknown) => void,
): void {
  try {
    send(target, response, earlier, onFailure);
  } catch (error) {
    closeBody(response);
    throw error;
  }
}

function send(
  target: ServerResponse,
  response: unknown,
  earlier: Readonly<HostFields>,
  onFailure: (error: unknown) => void,
): void {
  if (isTunnel(response)) {
    sendTunnel(target, response, earlier, onFailure);
    return;
  }
  const isHead = target.req.method === 'HEAD';
  const { status, reason, fields, body } = answerHead(response, earlier, isHead);
  // The client went away, or the host has answered in the meantime.
  if (target.destroyed || target.headersSent) {
    closeBody(response);
    return;
  }
  if (body === null) closeBody(response);
  if (answerDirectly(target, [status, reason, fields as ResponseHeaders, body], onFailure)) return;
  // The app's body has a framing of its own.
  for (const name of ['content-length', 'transfer-encoding']) {
    if (earlier[name] !== undefined) target.removeHeader(name);
  }
  target.writeHead(status, reason, fields as OutgoingHttpHeaders);
  if (body === null) target.end();
  else if (typeof body === 'string' || body instanceof Uint8Array) target.end(body);
  else stream(target, body).catch(onFailure);
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
