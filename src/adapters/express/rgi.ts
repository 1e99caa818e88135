import type { IncomingMessage, ServerResponse } from 'node:http';
import type { App, Response } from '../../core/index.ts';
import { MountedApp, type HostFields, type MountedCall } from '../../core/host/index.ts';
import { closeBody } from '../../core/rgi/index.ts';

/** Options of `rgi(app)`. */
export interface RgiOptions {
  /** Where the app answers 404 or 410, go on with the host's next middleware instead. Default false. */
  fallthrough?: boolean;
}

/** What Express adds to a request, as far as it is read here. */
interface HostMessage extends IncomingMessage {
  readonly baseUrl?: string;
  readonly originalUrl?: string;
}

/** A middleware of Express, Connect, or a router that hands on like them. */
export type Middleware = (
  request: IncomingMessage,
  response: ServerResponse,
  next: (error?: unknown) => void,
) => void;

/**
 * An RGI app as a middleware, for apps and routers. The path that it is mounted at becomes
 * `request.mount`; what it throws goes to `next(error)`. It must stand above body parsers.
 *
 * @throws GUDEG_ERR_INVALID_ARG_TYPE when `app` is no app
 *
 * @example
 * app.use('/files', rgi(new FilesApp('public')));
 */
export function rgi(app: App, { fallthrough = false }: RgiOptions = {}): Middleware {
  const mounted = new MountedApp(app);
  return (request, response, next) => {
    const answer = (call: MountedCall, given: Response): void => {
      if (!fallthrough || !isMissing(given)) {
        const earlier = response.getHeaders() as HostFields;
        mounted.answer(call, given, response, earlier, next);
        return;
      }
      closeBody(given);
      next();
    };
    try {
      const depth = componentCount((request as HostMessage).baseUrl ?? '');
      const call = mounted.call(request, response, targetOf(request), depth);
      if (Array.isArray(call.response)) answer(call, call.response as unknown as Response);
      else answerLater(call, answer).catch(next);
    } catch (error) {
      next(error);
    }
  };
}

async function answerLater(
  call: MountedCall,
  answer: (call: MountedCall, response: Response) => void,
): Promise<void> {
  answer(call, await call.response);
}

/** `Router` answers 410 for a path that it doesn't know. */
function isMissing(response: unknown): boolean {
  if (!Array.isArray(response)) return false;
  return response[0] === 404 || response[0] === 410;
}

function componentCount(path: string): number {
  let count = 0;
  for (let i = 0; i < path.length; i += 1) {
    if (path[i] === '/' && i + 1 < path.length && path[i + 1] !== '/') count += 1;
  }
  return count;
}

/** The target as received, unless a middleware has rewritten `req.url`. */
function targetOf({ url = '/', baseUrl = '', originalUrl = url }: HostMessage): string {
  if (!originalUrl.startsWith('/')) return originalUrl;
  const routed = baseUrl + url;
  // Express puts a slash before what is left when that is only a query, or nothing.
  const isAsReceived =
    originalUrl === routed || (url.startsWith('/') && originalUrl === baseUrl + url.slice(1));
  return isAsReceived ? originalUrl : routed;
}
