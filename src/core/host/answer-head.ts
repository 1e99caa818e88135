import { GudegTypeError, HttpProtocolError } from '../errors.ts';
import { isStreamedBody, type StreamedBody } from '../http/index.ts';
import { badResponse, checkResponseShape, type ResponseBody } from '../rgi/index.ts';
import { hostHeaders, type HostFields } from './host-headers.ts';

/** What an app answered, in node:http's terms. */
export interface AnswerHead {
  readonly status: number;
  readonly reason: string;
  /** The host's fields and the app's, with the framing. */
  readonly fields: HostFields;
  /** What is sent behind the head; null for nothing. */
  readonly body: string | Uint8Array | StreamedBody | null;
}

const REASON = /^[\t\x20-\x7e\x80-\xff]*$/;

/**
 * Checks what an app answered, as the engine does when it renders it.
 * @param earlier the fields that the host has set
 * @throws GUDEG_ERR_APP_RESPONSE
 */
export function answerHead(
  response: unknown,
  earlier: Readonly<HostFields>,
  isHead: boolean,
): AnswerHead {
  checkResponseShape(response);
  const [status, reason, headers, body] = response;
  try {
    checkStart(status, reason);
    const fields = hostHeaders(headers, earlier);
    const length = lengthOf(body);
    const isBodiless = status === 204 || status === 304;
    checkFraming(fields, body, length, isBodiless, isHead);
    if (length === 'chunked') fields['transfer-encoding'] = 'chunked';
    else if (!isBodiless && (body !== null || !isHead)) fields['content-length'] = length;
    const isSent = !isHead && length !== 0;
    return { status, reason, fields, body: isSent ? (body as AnswerHead['body']) : null };
  } catch (cause) {
    if (!(cause instanceof HttpProtocolError)) throw cause;
    // Its status would put the blame on the client.
    const message = `the answer of the app can't be sent: ${cause.message}`;
    throw new GudegTypeError('GUDEG_ERR_APP_RESPONSE', message, { cause });
  }
}

function lengthOf(body: ResponseBody): number | 'chunked' {
  if (body === null) return 0;
  if (typeof body === 'string') return Buffer.byteLength(body);
  if (body instanceof Uint8Array) return body.length;
  if (!isStreamedBody(body)) {
    throw badResponse(
      'a body that is null, a string, a Uint8Array, Body, ChunkedBody, BodyIter or ChunkedBodyIter (a Tunnel needs a server of this package)',
      body,
    );
  }
  return 'contentLength' in body ? body.contentLength : 'chunked';
}

function checkStart(status: number, reason: string): void {
  // A final answer (RFC 9110 section 15.2).
  if (status < 200) throw new HttpProtocolError('GUDEG_ERR_HTTP_BAD_STATUS', String(status));
  if (!REASON.test(reason)) {
    throw new HttpProtocolError('GUDEG_ERR_HTTP_BAD_OUTPUT_START_LINE', JSON.stringify(reason));
  }
}

/** RFC 9110 section 8.6, RFC 9112 section 6: what the app says of its body must be true. */
function checkFraming(
  fields: HostFields,
  body: ResponseBody,
  length: number | 'chunked',
  isBodiless: boolean,
  isHead: boolean,
): void {
  if (isBodiless && length !== 0) throw new HttpProtocolError('GUDEG_ERR_HTTP_BODY_NOT_ALLOWED');
  const encoding = fields['transfer-encoding'];
  if (encoding !== undefined && !(encoding === 'chunked' && (length === 'chunked' || isHead))) {
    throw new HttpProtocolError('GUDEG_ERR_HTTP_BAD_TRANSFER_ENCODING', String(encoding));
  }
  const announced = fields['content-length'];
  if (announced === undefined || (body === null && (isHead || isBodiless))) return;
  if (String(announced) !== String(length)) {
    throw new HttpProtocolError('GUDEG_ERR_HTTP_BAD_CONTENT_LENGTH', String(announced));
  }
}
