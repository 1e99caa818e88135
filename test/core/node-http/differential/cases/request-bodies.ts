import { Writable } from 'node:stream';

import { lastRequest, request, type DifferentialCase } from '../differential-case.ts';

const post = (fields: string[], body: string): string =>
  lastRequest('POST / HTTP/1.1', fields, body);
const sized = (body: string): string => post([`Content-Length: ${body.length}`], body);

/** Bodies of requests, read in each of the ways of a stream. */
export const requestBodyCases: DifferentialCase[] = [
  ...(['chunked', 'of a known length'] as const).map((framing): DifferentialCase => ({
    title: `lets promises run between the pieces that a pipe gets: ${framing}`,
    listener(req, res, stage) {
      const settle = async (name: string): Promise<void> => {
        for (let i = 0; i < 5; i++) await new Promise(process.nextTick);
        stage.log('settled', name);
      };
      const sink = new Writable({
        write(piece: Buffer, _, callback) {
          stage.log('piece', String(piece));
          void settle(String(piece));
          callback();
        },
        final(callback) {
          stage.log('final');
          res.end();
          callback();
        },
      });
      req.pipe(sink);
    },
    send:
      framing === 'chunked'
        ? lastRequest(
            'POST / HTTP/1.1',
            ['Transfer-Encoding: chunked'],
            '1\r\na\r\n1\r\nb\r\n0\r\n\r\n',
          )
        : lastRequest('POST / HTTP/1.1', ['Content-Length: 2'], 'ab'),
  })),
  {
    title: 'reads a body with a length',
    listener(req, res, stage) {
      stage.watchExchange(req, res);
      req.on('end', () => res.end());
    },
    send: sized('hello'),
  },
  {
    title: 'reads a body in chunks',
    listener(req, res, stage) {
      stage.watchExchange(req, res);
      req.on('end', () => res.end());
    },
    send: post(['Transfer-Encoding: chunked'], '5\r\nhello\r\n6;ext=1\r\n world\r\n0\r\n\r\n'),
  },
  {
    title: 'emits end for a request without a body, once it is read',
    listener(req, res, stage) {
      req.on('end', () => {
        stage.log('end', req.complete);
        res.end();
      });
      req.resume();
    },
    send: lastRequest(),
  },
  {
    title: 'emits no end before somebody reads',
    listener(req, res, stage) {
      req.on('end', () => stage.log('end'));
      req.on('close', () => stage.log('close'));
      setImmediate(() => {
        stage.log('answers');
        res.end();
      });
    },
    send: sized('hello'),
  },
  {
    title: 'reads text with setEncoding',
    listener(req, res, stage) {
      req.setEncoding('utf8');
      let text = '';
      req.on('data', (data: string) => (text += data));
      req.on('end', () => {
        stage.log(text);
        res.end();
      });
    },
    send: sized('h\xc3\xa9llo'),
  },
  {
    title: 'iterates over a body',
    async listener(req, res, stage) {
      let text = '';
      for await (const piece of req) text += String(piece);
      stage.log(text, req.complete, req.readableEnded);
      res.end(text);
    },
    send: sized('hello'),
  },
  {
    title: 'destroys a request when iteration breaks off',
    async listener(req, res, stage) {
      req.on('close', () => stage.log('close'));
      for await (const piece of req) {
        stage.log(String(piece));
        break;
      }
      stage.log(req.destroyed);
      res.end();
    },
    send: sized('hello'),
  },
  {
    title: 'reads with readable and read',
    listener(req, res, stage) {
      let text = '';
      req.on('readable', () => {
        for (let data = req.read() as Buffer | null; data; data = req.read() as Buffer | null) {
          text += data.toString();
        }
      });
      req.on('end', () => {
        stage.log(text);
        res.end();
      });
    },
    send: sized('hello'),
  },
  {
    title: 'pauses and resumes',
    listener(req, res, stage) {
      stage.watchExchange(req, res);
      req.pause();
      stage.log(req.isPaused());
      setImmediate(() => req.resume());
      req.on('end', () => res.end());
    },
    send: sized('hello'),
  },
  {
    title: 'pipes a request into its response',
    listener(req, res, stage) {
      stage.watchExchange(req, res);
      stage.watch('pipe', res, 'pipe', 'unpipe');
      req.pipe(res);
    },
    send: sized('hello'),
  },
  {
    title: 'pipes a large body back',
    listener(req, res) {
      // Chunks would show how the system cut the body into reads.
      res.setHeader('content-length', '300000');
      req.pipe(res);
    },
    send: sized('0123456789'.repeat(30_000)),
  },
  {
    title: 'emits close for a request whose body nobody read, after the answer',
    listener(req, res, stage) {
      stage.watch('req', req, 'end', 'close', 'error', 'aborted');
      stage.watch('res', res, 'finish', 'close');
      res.end();
    },
    send: sized('hello'),
  },
  {
    title: 'answers before the body has come, and reads the rest',
    listener(req, res, stage) {
      stage.watchExchange(req, res);
      res.end('early');
    },
    async drive(client, stage) {
      client.send(request('POST / HTTP/1.1', ['Content-Length: 10'], 'half.'));
      await client.response();
      client.send('rest.');
      await stage.logged('req / end');
      client.send(lastRequest('GET /next HTTP/1.1'));
      await client.ending;
    },
  },
  {
    title: 'unshifts what was read too far',
    listener(req, res, stage) {
      req.once('data', (data: Buffer) => {
        req.pause();
        req.unshift(data.subarray(2));
        let text = '';
        req.on('data', (more: Buffer) => (text += more.toString()));
        req.on('end', () => {
          stage.log(text);
          res.end();
        });
        req.resume();
      });
    },
    send: sized('hello'),
  },
  {
    title: 'has an empty body with length 0',
    listener(req, res, stage) {
      stage.watchExchange(req, res);
      req.on('end', () => res.end(String(req.headers['content-length'])));
    },
    send: sized(''),
  },
  {
    title: 'reads a body that comes byte by byte',
    listener(req, res, stage) {
      stage.watchExchange(req, res);
      req.on('end', () => res.end());
    },
    async drive(client) {
      client.socket.setNoDelay(true);
      for (const byte of post(['Transfer-Encoding: chunked'], '2\r\nab\r\n0\r\n\r\n')) {
        client.send(byte);
        await new Promise(setImmediate);
      }
      await client.ending;
    },
  },
  {
    title: 'reads the body of a GET',
    listener(req, res, stage) {
      stage.watchExchange(req, res);
      req.on('end', () => res.end());
    },
    send: lastRequest('GET / HTTP/1.1', ['Content-Length: 2'], 'ab'),
  },
];
