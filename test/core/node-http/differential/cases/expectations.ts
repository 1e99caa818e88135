import { lastRequest, request, type DifferentialCase } from '../differential-case.ts';

const expecting = (body = '', fields: string[] = []): string =>
  lastRequest('POST / HTTP/1.1', ['Expect: 100-continue', 'Content-Length: 5', ...fields], body);

/** Expectations and informational responses (RFC 9110 sections 10.1.1 and 15.2). */
export const expectationCases: DifferentialCase[] = [
  {
    title: 'sends 100 by itself before request',
    listener(req, res, stage) {
      stage.watchExchange(req, res);
      req.on('end', () => res.end());
    },
    async drive(client) {
      client.send(expecting());
      await client.receive(10);
      client.send('hello');
      await client.ending;
    },
  },
  {
    title: 'sends 100 by itself when the body came along',
    listener(req, res) {
      req.resume().on('end', () => res.end());
    },
    send: expecting('hello'),
  },
  {
    title: 'leaves 100 to checkContinue',
    setUp(server, stage) {
      server.on('checkContinue', (req, res) => {
        stage.log('checkContinue');
        stage.watchExchange(req, res);
        res.writeContinue();
        req.on('end', () => res.end('done'));
      });
    },
    listener: (_, __, stage) => stage.log('request'),
    async drive(client) {
      client.send(expecting());
      await client.receive(10);
      client.send('hello');
      await client.ending;
    },
  },
  {
    title: 'refuses a body in checkContinue',
    setUp(server, stage) {
      server.on('checkContinue', (req, res) => {
        stage.watch('req', req, 'end', 'close');
        res.writeHead(413).end('no');
      });
    },
    send: expecting(),
    responses: ['POST'],
  },
  {
    title: 'lets checkContinue hand on to request',
    setUp(server) {
      server.on('checkContinue', (req, res) => {
        res.writeContinue();
        server.emit('request', req, res);
      });
    },
    listener(req, res) {
      req.resume().on('end', () => res.end('ok'));
    },
    send: expecting('hello'),
  },
  {
    title: 'gives other expectations to checkExpectation',
    setUp(server, stage) {
      server.on('checkExpectation', (req, res) => {
        stage.log('checkExpectation', req.headers.expect);
        res.end('as you like');
      });
    },
    send: lastRequest('GET / HTTP/1.1', ['Expect: wonders']),
  },
  {
    title: 'answers 417 to other expectations by itself',
    listener: (_, res) => res.end(),
    send: lastRequest('GET / HTTP/1.1', ['Expect: wonders']),
  },
  {
    title: 'ignores an expectation of HTTP/1.0',
    listener: (_, res) => res.end('x'),
    send: 'POST / HTTP/1.0\r\nExpect: 100-continue\r\nContent-Length: 0\r\n\r\n',
  },
  {
    title: 'calls back when 100 was written',
    setUp(server, stage) {
      server.on('checkContinue', (_, res) => {
        res.writeContinue(() => stage.log('written'));
        res.end();
      });
    },
    send: expecting('hello'),
  },
  {
    title: 'sends 102',
    listener(_, res) {
      res.writeProcessing();
      res.end('x');
    },
    send: lastRequest(),
  },
  {
    title: 'sends early hints',
    listener(_, res, stage) {
      res.writeEarlyHints({ link: '</a.css>; rel=preload; as=style', 'x-trace': '7' }, () =>
        stage.log('written'),
      );
      res.writeEarlyHints({ link: ['</b.css>; rel=preload', '</c.js>; rel=preload; as=script'] });
      res.end('x');
    },
    send: lastRequest(),
  },
  {
    title: 'sends no early hints without a link',
    listener(_, res) {
      res.writeEarlyHints({ link: [] });
      res.end('x');
    },
    send: lastRequest(),
  },
  {
    title: 'refuses links that are none',
    listener(_, res, stage) {
      for (const link of ['a.css', '</a>; rel=preload\r\nx: y', 7]) {
        try {
          res.writeEarlyHints({ link: link as string });
        } catch (error) {
          stage.log('thrown', error);
        }
      }
      res.end();
    },
    send: lastRequest(),
  },
  {
    title: 'refuses line ends in early hints',
    listener(_, res, stage) {
      const link = '</a.css>; rel=preload';
      const hints = [
        { link, 'x-a': 'b\r\nset-cookie: c=d' },
        { link, 'x-a\r\nset-cookie': 'c=d' },
        { link: `</a.css\r\nset-cookie: c=d>; rel=preload` },
        { link: [link, '</\n>; rel=preload'] },
      ];
      for (const each of hints) {
        try {
          res.writeEarlyHints(each);
        } catch (error) {
          stage.log('thrown', error);
        }
      }
      res.end();
    },
    send: lastRequest(),
  },
  {
    title: 'keeps the connection after an informational answer',
    listener(_, res) {
      res.writeProcessing();
      res.end('x');
    },
    send: request(),
    async drive(client) {
      client.send(request() + lastRequest());
      await client.ending;
    },
  },
];
