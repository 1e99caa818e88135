import { lastRequest, type DifferentialCase } from '../differential-case.ts';

/** Trailers of answers and of requests (RFC 9110 section 6.5). */
export const trailerCases: DifferentialCase[] = [
  {
    title: 'sends trailers behind chunks',
    listener(_, res) {
      res.writeHead(200, { Trailer: 'X-Sum' });
      res.write('x');
      res.addTrailers({ 'X-Sum': '42' });
      res.end();
    },
    send: lastRequest(),
  },
  {
    title: 'sends trailers that are given as pairs',
    listener(_, res) {
      res.writeHead(200, { Trailer: 'A' });
      res.addTrailers([
        ['A', '1'],
        ['A', '2'],
      ]);
      res.end('x');
    },
    send: lastRequest(),
  },
  {
    title: 'leaves trailers out where a length is given',
    listener(_, res) {
      res.addTrailers({ 'X-Sum': '42' });
      res.end('x');
    },
    send: lastRequest(),
  },
  {
    title: 'refuses trailers with forbidden characters',
    listener(_, res, stage) {
      for (const [name, value] of [
        ['a b', '1'],
        ['a', '1\r\nb: 2'],
      ] as const) {
        try {
          res.addTrailers({ [name]: value });
        } catch (error) {
          stage.log('thrown', error);
        }
      }
      res.end();
    },
    send: lastRequest(),
  },
  {
    title: 'refuses to announce a trailer next to a length',
    listener(_, res, stage) {
      try {
        res.writeHead(200, { 'Content-Length': '1', Trailer: 'x' });
        res.end('x');
      } catch (error) {
        stage.log('thrown', error);
        res.destroy();
      }
    },
    send: lastRequest(),
  },
  {
    title: 'gives the trailers of a request at its end',
    listener(req, res, stage) {
      stage.log(req.trailers, req.rawTrailers);
      req.resume().on('end', () => {
        stage.log(req.trailers, req.rawTrailers, req.trailersDistinct);
        res.end();
      });
    },
    send: lastRequest(
      'POST / HTTP/1.1',
      ['Transfer-Encoding: chunked', 'Trailer: A'],
      '3\r\nabc\r\n0\r\nA: 1\r\nB: 2\r\nA: 3\r\n\r\n',
    ),
  },
];
