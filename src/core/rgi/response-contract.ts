import { Body, BodyIter, BodyState, ChunkedBody, ChunkedBodyIter, Tunnel } from '../http/index.ts';
import type { Response, ResponseBody, ResponseHeaderValue } from './app.ts';
import { demand } from './demand.ts';

/** Checks what an app answers. @throws GUDEG_ERR_APP_CONTRACT */
export function checkResponse(method: string, response: unknown): asserts response is Response {
  demand(
    Array.isArray(response) && response.length === 4,
    'response',
    '[status, reason, headers, body]',
    response,
  );
  const [status, reason, headers, body] = response as unknown as Response;
  demand(
    Number.isInteger(status) && status >= 100 && status <= 599,
    'response[0] (status)',
    'an integer in 100..599',
    status,
  );
  demand(
    typeof reason === 'string' && /^[\t -~\x80-\xff]+$/.test(reason),
    'response[1] (reason)',
    'a string of at least one character, without line ends and control characters',
    reason,
  );
  checkHeaders(headers);
  checkBody(body);
  checkFraming(method, status, headers, body);
}

function checkHeaders(headers: Response[2]): void {
  demand(
    typeof headers === 'object' && (headers as unknown) !== null && !Array.isArray(headers),
    'response[2] (headers)',
    'an object',
    headers,
  );
  for (const [name, value] of Object.entries<unknown>(headers)) {
    const where = `response[2]['${name}']`;
    demand(/^[!#$%&'*+\-.^_`|~0-9a-z]+$/.test(name), where, 'named by a lower-case token', name);
    const values = (Array.isArray(value) ? value : [value]) as ResponseHeaderValue[];
    demand(values.length > 0, where, 'a value, or an array of some', value);
    for (const each of values) {
      demand(
        (each as unknown) !== null && (each as unknown) !== undefined,
        where,
        'a value; leave the field out',
        each,
      );
      const text = String(each);
      demand(
        /^[!-~\x80-\xff](?:[\t -~\x80-\xff]*[!-~\x80-\xff])?$/.test(text),
        where,
        'text without line ends, control characters and outer white space, and not empty',
        text,
      );
    }
  }
}

function checkBody(body: unknown): void {
  const isSingleUse =
    body instanceof Body ||
    body instanceof ChunkedBody ||
    body instanceof BodyIter ||
    body instanceof ChunkedBodyIter;
  demand(
    isSingleUse ||
      body === null ||
      typeof body === 'string' ||
      body instanceof Uint8Array ||
      body instanceof Tunnel,
    'response[3] (body)',
    'null, a string, a Uint8Array, a Body, ChunkedBody, BodyIter, ChunkedBodyIter or Tunnel',
    body,
  );
  if (isSingleUse) {
    demand(body.state === BodyState.READY, 'response[3].state', '0 (READY)', body.state);
  }
}

function checkFraming(
  method: string,
  status: number,
  headers: Response[2],
  body: ResponseBody,
): void {
  const length = headers['content-length'];
  const encoding = headers['transfer-encoding'];
  const hasField = length !== undefined || encoding !== undefined;
  demand(
    length === undefined || encoding === undefined,
    'response[2] (headers)',
    'without content-length where there is transfer-encoding',
    headers,
  );
  demand(
    length === undefined || /^(?:0|[1-9][0-9]{0,15})$/.test(String(length)),
    "response[2]['content-length']",
    'an integer from 0',
    length,
  );
  demand(
    encoding === undefined || encoding === 'chunked',
    "response[2]['transfer-encoding']",
    "'chunked'",
    encoding,
  );
  const isTunnel = status === 101 || (method === 'CONNECT' && status >= 200 && status < 300);
  if (isTunnel || body instanceof Tunnel) {
    checkTunnel(isTunnel, hasField, headers, body);
    return;
  }
  // RFC 9110 section 6.4.1: these never have a body, and only 304 may tell what it would be.
  const isBodiless = status < 200 || status === 204 || status === 304;
  if (isBodiless || method === 'HEAD') {
    const why = method === 'HEAD' ? 'the method is HEAD' : `the status is ${status}`;
    demand(body === null, 'response[3] (body)', `null, because ${why}`, body);
    demand(
      !isBodiless || status === 304 || !hasField,
      'response[2] (headers)',
      `without content-length and transfer-encoding, because the status is ${status}`,
      headers,
    );
    demand(
      isBodiless || status >= 400 || hasField,
      'response[2] (headers)',
      'with the content-length or transfer-encoding that GET would have, because the method is HEAD',
      headers,
    );
    return;
  }
  if (body === null) {
    demand(
      !hasField,
      'response[2] (headers)',
      'without content-length and transfer-encoding, because the body is null',
      headers,
    );
    return;
  }
  checkLength(length, encoding, body);
}

/** RFC 9110 sections 7.8 and 9.3.6: the bytes behind the head are no content. */
function checkTunnel(
  isTunnel: boolean,
  hasField: boolean,
  headers: Response[2],
  body: ResponseBody,
): void {
  demand(
    isTunnel ? body === null || body instanceof Tunnel : !(body instanceof Tunnel),
    'response[3] (body)',
    isTunnel ? 'a Tunnel, or null' : 'no Tunnel, which goes with 101, or with 2xx to CONNECT',
    body,
  );
  demand(
    !hasField,
    'response[2] (headers)',
    'without content-length and transfer-encoding, because a tunnel follows',
    headers,
  );
}

function checkLength(length: unknown, encoding: unknown, body: Exclude<ResponseBody, null>): void {
  const bodyLength = lengthOf(body);
  demand(
    bodyLength === null || encoding === undefined,
    "response[2]['transfer-encoding']",
    `absent, because the body has ${bodyLength ?? 0} bytes`,
    encoding,
  );
  demand(
    length === undefined || (bodyLength !== null && Number(length) === bodyLength),
    "response[2]['content-length']",
    bodyLength === null
      ? 'absent, because the body is chunked'
      : `the length of the body, which is ${bodyLength}`,
    length,
  );
}

/** Length in bytes; null for chunks. */
function lengthOf(body: Exclude<ResponseBody, null>): number | null {
  if (typeof body === 'string') return Buffer.byteLength(body);
  if (body instanceof Uint8Array) return body.length;
  return body instanceof Body || body instanceof BodyIter ? body.contentLength : null;
}
