import { channel } from 'node:diagnostics_channel';
import type { HttpSocket } from './http-socket.ts';
import { abortedError } from './node-errors.ts';
import type { NodeRequest, NodeResponse } from './node-internals.ts';

/** Node's channel: gets `{ request, response, socket, server }`. */
const responseFinish = channel('http.server.response.finish');

// The end of a response and of its request, in node's order.

/** First: the response leaves its socket, and what nobody read of the request goes. */
export function detachResponse(
  socket: HttpSocket,
  request: NodeRequest,
  response: NodeResponse,
): void {
  if (responseFinish.hasSubscribers) {
    responseFinish.publish({ request, response, socket, server: socket.server });
  }
  socket._httpMessage = null;
  (response as { socket: unknown }).socket = null;
  if (request._consuming) return;
  if (request._eventsCount > 0) request._dump();
  else settleUnread(request);
}

/** Nobody reads or watches the request: it ends without the steps of a stream. */
function settleUnread(request: NodeRequest): void {
  const state = request._readableState;
  state['ended'] = state['endEmitted'] = true;
  state['destroyed'] = state['closed'] = state['closeEmitted'] = true;
  request.complete = request._consuming = request._dumped = true;
}

/** Last, behind `finish`: `close`. */
export function completeResponse(response: NodeResponse): void {
  if (response._eventsCount > 0 && response.listenerCount('close') > 0) {
    process.nextTick(closeResponse, response);
  } else {
    (response as { destroyed: boolean }).destroyed = true;
    response._closed = true;
  }
}

/** All steps at once, for an answer that went to the engine past node's code. */
export function endDirectly(socket: HttpSocket, response: NodeResponse): void {
  const request = response.req as NodeRequest;
  (response as { finished: boolean }).finished = true;
  detachResponse(socket, request, response);
  if (response._eventsCount > 0) process.nextTick(finishResponse, response);
  else completeResponse(response);
}

function finishResponse(response: NodeResponse): void {
  response.emit('finish');
  completeResponse(response);
}

export function closeResponse(response: NodeResponse): void {
  (response as { destroyed: boolean }).destroyed = true;
  response._closed = true;
  response.emit('close');
}

/** The connection went away before the response was complete. */
export function abortRequest(request: NodeRequest): void {
  request.destroy(abortedError());
}
