import type {
  FastifyInstance,
  FastifyPluginCallback,
  FastifyReply,
  FastifyRequest,
  FastifySchema,
} from 'fastify';
import { METHODS } from 'node:http';
import type { App, Response } from '../../core/index.ts';
import { GudegError } from '../../core/errors.ts';
import { MountedApp, isTunnel, type MountedCall } from '../../core/host/index.ts';
import { isWatched, sendThroughHooks } from './on-send.ts';

/** Options of `app.register(rgi(app), options)`. */
export interface RgiOptions {
  /** Where the app is mounted, such as `'/files'`; its components become `request.mount`. */
  prefix?: string;
  /** The methods that reach the app. Default: all that node:http knows, but CONNECT. */
  methods?: readonly string[];
  /**
   * Bytes of a request body: an announced length beyond is refused with 413, and `read()` of a chunked
   * body gives no more. Default: the `bodyLimit` of the host.
   */
  bodyLimit?: number;
}

/** What generators of API descriptions look at. */
const HIDDEN = { hide: true } as FastifySchema;

/**
 * An RGI app as a Fastify plugin. All below its prefix goes to the app; hooks, logging, `inject()` and
 * the error handler of the host hold for it. Bodies reach it unparsed.
 *
 * @throws GUDEG_ERR_INVALID_ARG_TYPE when `app` is no app
 *
 * @example
 * fastify.register(rgi(app), { prefix: '/files' });
 */
export function rgi(app: App): FastifyPluginCallback<RgiOptions> {
  // Throws here, where the stack tells who called, and not when the host gets ready.
  new MountedApp(app);
  return (instance, options, done) => {
    const { methods = METHODS, bodyLimit = instance.initialConfig.bodyLimit ?? 1_048_576 } =
      options;
    const mounted = new MountedApp(app, { maxBodyBytes: bodyLimit });
    const depth = instance.prefix.split('/').filter((component) => component !== '').length;
    leaveBodiesAlone(instance);
    const method = methods.filter((name) => name !== 'CONNECT');
    allowMethods(instance, method);
    const handler = (request: FastifyRequest, reply: FastifyReply): void | Promise<void> => {
      const { raw } = request;
      const call = mounted.call(raw, reply.raw, raw.url ?? '/', depth);
      if (!Array.isArray(call.response)) return answerLater(mounted, call, reply);
      answer(mounted, call, call.response as unknown as Response, reply);
    };
    if (instance.prefix !== '') instance.route({ method, url: '', schema: HIDDEN, handler });
    instance.route({ method, url: '/*', schema: HIDDEN, handler });
    done();
  };
}

async function answerLater(
  mounted: MountedApp,
  call: MountedCall,
  reply: FastifyReply,
): Promise<void> {
  answer(mounted, call, await call.response, reply);
}

/** What throws here goes to the error handler of the host: nothing was sent. */
function answer(
  mounted: MountedApp,
  call: MountedCall,
  response: Response,
  reply: FastifyReply,
): void {
  // Hooks that want to see what is sent find nothing in a tunnel.
  if (isWatched(reply) && !isTunnel(response)) {
    sendThroughHooks(response, reply);
    mounted.finish(call);
    return;
  }
  mounted.answer(call, response, reply.raw, reply.getHeaders(), (error) => {
    reply.log.error({ err: error }, 'the app failed after its answer began');
  });
}

function leaveBodiesAlone(instance: FastifyInstance): void {
  instance.removeAllContentTypeParsers();
  instance.addContentTypeParser('*', ({ raw, method, url }, payload, done) => {
    if (payload === raw) {
      done(null);
      return;
    }
    const text = `a preParsing hook replaced the body of ${method} ${url}; mounted apps read it from the connection`;
    done(new GudegError('GUDEG_ERR_HOST_BODY_READ', text));
  });
}

function allowMethods(instance: FastifyInstance, methods: readonly string[]): void {
  for (const method of methods) {
    if (!instance.supportedMethods.includes(method)) instance.addHttpMethod(method);
  }
}
