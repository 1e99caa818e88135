import { GudegTypeError, describeValue } from '../errors.ts';
import { isStreamedBody } from '../http/index.ts';
import type { Response } from './app.ts';

/**
 * Checks that an app answered something that can be sent at all; a server looks at the rest while it
 * sends. @throws GUDEG_ERR_APP_RESPONSE
 */
export function checkResponseShape(response: unknown): asserts response is Response {
  if (!Array.isArray(response) || response.length !== 4) {
    throw badResponse('an array of [status, reason, headers, body]', response);
  }
  const [status, reason, headers] = response as unknown as Response;
  if (!Number.isInteger(status) || status < 100 || status > 599) {
    throw badResponse('a status that is an integer in 100..599', status);
  }
  if (typeof reason !== 'string') throw badResponse('a reason that is a string', reason);
  if (typeof headers !== 'object' || (headers as unknown) === null) {
    throw badResponse('headers that are an object', headers);
  }
}

/** GUDEG_ERR_APP_RESPONSE: what the app must answer, and what it did. */
export function badResponse(expected: string, got: unknown): GudegTypeError {
  return new GudegTypeError(
    'GUDEG_ERR_APP_RESPONSE',
    `the app must answer ${expected}; got ${describeValue(got)}`,
  );
}

/** Frees what the body of an answer that will not be sent holds, such as an open file. */
export function closeBody(response: unknown): void {
  const body: unknown = Array.isArray(response) ? response[3] : null;
  if (isStreamedBody(body)) body.close();
}
