import type { FastifyReply } from 'fastify';
import type { Response } from '../../core/index.ts';
import { answerHead, bodyStream } from '../../core/host/index.ts';
import { closeBody } from '../../core/rgi/index.ts';

let contextKey: symbol | undefined;

/**
 * Whether `onSend` hooks want to see the answer. Fastify has no question for that; it keeps the hooks of
 * a route under a symbol. Where that isn't found, all answers take the way through the hooks.
 */
export function isWatched({ request }: FastifyReply): boolean {
  contextKey ??= Object.getOwnPropertySymbols(request).find(
    ({ description }) => description === 'fastify.context',
  );
  const context = (request as unknown as Record<symbol, { onSend?: unknown } | undefined>)[
    contextKey as symbol
  ];
  return context?.onSend !== null;
}

/**
 * Answers by `reply.send()`. Fastify sends a stream or a buffer then: chunk boundaries and trailers are
 * not kept, and what has no `content-type` gets Fastify's.
 * @throws GUDEG_ERR_APP_RESPONSE
 */
export function sendThroughHooks(response: Response, reply: FastifyReply): void {
  const isHead = reply.request.method === 'HEAD';
  let head;
  try {
    head = answerHead(response, reply.getHeaders(), isHead);
  } catch (error) {
    closeBody(response);
    throw error;
  }
  const { status, reason, fields, body } = head;
  if (body === null) closeBody(response);
  // Fastify writes the framing, of what its hooks make of the body.
  if (!isHead && status !== 304) delete fields['content-length'];
  delete fields['transfer-encoding'];
  for (const name of Object.keys(fields)) reply.removeHeader(name);
  reply.raw.statusMessage = reason;
  reply.code(status).headers(fields);
  if (body === null) reply.send();
  else if (typeof body === 'string' || body instanceof Uint8Array) reply.send(Buffer.from(body));
  else reply.send(bodyStream(body));
}
