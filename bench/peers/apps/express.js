/**
 * The application on Express, or what stands in for it.
 *
 * @param {typeof import('express').default} express
 */
export function expressApp(express) {
  const app = express();

  app.get('/', (_, response) => {
    response.type('text/plain').send('hello, world');
  });

  app.get('/json', (request, response) => {
    response.json({
      message: 'hello, world',
      agent: request.headers['user-agent'],
      language: request.headers['accept-language'],
    });
  });

  app.post('/echo', express.raw(), (request, response) => {
    response.type('application/octet-stream').send(request.body);
  });

  return app;
}
