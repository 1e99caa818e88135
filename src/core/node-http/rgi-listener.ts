import type { IncomingMessage, ServerResponse } from 'node:http';
import { HttpProtocolError } from '../errors.ts';
import { reasonPhrase } from '../http/index.ts';
import type { App } from '../rgi/index.ts';
import { MountedApp, type MountOptions } from './mounted-app.ts';

/** Options of `rgiListener`. */
export interface RgiListenerOptions extends MountOptions {
  /**
   * Gets what the app threw or rejected with, and what was wrong with its answer. Default: it goes to
   * stderr.
   */
  onError?: (error: unknown, request: IncomingMessage) => void;
}

/**
 * An RGI app as a request listener: for `node:http`, and for all that hands on its
 * `(request, response)`, such as Koa, Next.js or Connect. Where the app fails before it answered, the
 * client gets 500, or what the error's `status` says.
 *
 * @throws GUDEG_ERR_INVALID_ARG_TYPE when `app` is no app
 *
 * @example
 * http.createServer(rgiListener(app)).listen(8000);
 */
export function rgiListener(
  app: App,
  options: RgiListenerOptions = {},
): (request: IncomingMessage, response: ServerResponse) => void {
  const { onError = reportError, ...mounting } = options;
  const mounted = new MountedApp(app, mounting);
  return (request, response) => {
    const fail = (error: unknown): void => {
      if (!response.headersSent) answerError(response, error);
      onError(error, request);
    };
    try {
      mounted.serve(request, response, request.url ?? '/', 0)?.catch(fail);
    } catch (error) {
      fail(error);
    }
  };
}

/** Only what the client did wrong is explained to it. */
function answerError(response: ServerResponse, error: unknown): void {
  const isClients = error instanceof HttpProtocolError && error.status < 500;
  const status = isClients ? error.status : 500;
  const text = Buffer.from(`${isClients ? error.message : reasonPhrase(status)}\n`);
  const fields = { 'content-type': 'text/plain', 'content-length': text.length };
  response.writeHead(status, reasonPhrase(status), fields).end(text);
}

function reportError(error: unknown, { method = '', url = '' }: IncomingMessage): void {
  console.error(`${method} ${url}: the app failed:`, error);
}
