import { ServerResponse } from 'node:http';
import { Tunnel } from '../http/index.ts';
import type { Response } from '../rgi/index.ts';
import type { EngineRequest } from '../server/index.ts';
import { HttpSession } from './http-session.ts';
import type { IncomingHead } from './incoming-head.ts';
import { kEngineRequest, kHead } from './message-fields.ts';
import type { NodeRequest, NodeResponse } from './node-internals.ts';

const node = ServerResponse.prototype as unknown as Record<string, unknown>;
/** `headersSent` looks at whether there is text. */
const SENT = 'sent by the engine';

/**
 * Hands an RGI app's answer to the engine, past node's code for responses. The response object shows
 * status, `headersSent`, `finish` and `close` as if it had gone through it. Gives false, and does
 * nothing, where the response isn't of this server, something was written to it, or a middleware such as
 * `compression` has put functions of its own into it.
 *
 * @param onFailure gets what fails behind the head; the connection is cut then
 * @throws what is wrong with the answer; nothing is sent then
 */
export function answerDirectly(
  target: ServerResponse,
  answer: Response,
  onFailure: (error: unknown) => void,
): boolean {
  const response = target as NodeResponse;
  const message = response.req as NodeRequest;
  const request = message[kEngineRequest] as EngineRequest | undefined;
  if (request === undefined) return false;
  const { session } = request;
  if (!(session instanceof HttpSession) || session.running !== request) return false;
  const [status, reason, headers, body] = answer;
  if (!isUnanswered(response, session)) return false;
  if (body instanceof Tunnel) {
    // What middleware has put into the response is for bodies, and HTTP's silence no matter.
    session.socket?.setTimeout(0);
  } else {
    if (!isUntouched(response, session)) return false;
    if (response.maxRequestsOnConnectionReached) session.closeAfterResponse('max_requests');
    else if (!response.shouldKeepAlive) session.closeAfterResponse('the host closes it');
  }
  const { statusCode, statusMessage } = response;
  response.statusCode = status;
  response.statusMessage = reason;
  // Whoever waits for `finish` may look at the fields, to log them.
  if (response._eventsCount > 0) showFields(response, headers);
  (message[kHead] as IncomingHead).keep();
  response._header = SENT;
  response._headerSent = true;
  session.directly = response;
  try {
    session.listener.sender.send(session, request, answer, onFailure);
  } catch (error) {
    session.directly = null;
    Object.assign(response, { statusCode, statusMessage, _header: null, _headerSent: false });
    throw error;
  }
  return true;
}

function isUnanswered(response: NodeResponse, { socket }: HttpSession): boolean {
  return response._header === null && socket?._httpMessage === response;
}

function isUntouched(response: NodeResponse, { socket }: HttpSession): boolean {
  return (
    socket?.isUntouched === true &&
    ['write', 'end', 'writeHead'].every((name) => response[name as never] === node[name])
  );
}

function showFields(response: NodeResponse, headers: Response[2]): void {
  for (const [name, value] of Object.entries(headers)) {
    response.setHeader(name, Array.isArray(value) ? value.map(String) : String(value));
  }
}
