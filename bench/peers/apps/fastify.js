import Fastify from 'fastify';

const text = { type: 'string' };
const jsonResponse = {
  type: 'object',
  properties: { message: text, agent: text, language: text },
};

/**
 * The application on Fastify.
 *
 * @param {import('fastify').FastifyHttpOptions<import('node:http').Server>} options
 */
export function fastifyApp(options) {
  const app = Fastify({ logger: false, ...options });

  app.addContentTypeParser('application/octet-stream', { parseAs: 'buffer' }, (_, body, done) =>
    done(null, body),
  );

  app.get('/', (_, reply) => {
    reply.type('text/plain').send('hello, world');
  });

  app.get('/json', { schema: { response: { 200: jsonResponse } } }, (request, reply) => {
    reply.send({
      message: 'hello, world',
      agent: request.headers['user-agent'],
      language: request.headers['accept-language'],
    });
  });

  app.post('/echo', (request, reply) => {
    reply.type('application/octet-stream').send(request.body);
  });

  return app;
}
