import { finished, pipeline, Readable } from 'node:stream';

import { lastRequest, type DifferentialCase, type Listener } from '../differential-case.ts';

const answered = (title: string, listener: Listener): DifferentialCase => ({
  title,
  listener,
  send: lastRequest(),
});

/** The states of a response as a stream, and what happens out of order. */
export const misuseCases: DifferentialCase[] = [
  answered('ends twice', (_, res, stage) => {
    res.end('a');
    stage.log(res.end() === res);
  }),
  answered('ends twice with a callback', (_, res, stage) => {
    res.on('error', (error) => stage.log('error', error));
    res.end('a', () => stage.log('first'));
    res.end((error?: Error) => stage.log('second', error ?? 'no error'));
  }),
  answered('ends twice with content', (_, res, stage) => {
    res.on('error', (error) => stage.log('error', error));
    res.end('a');
    res.end('b', (error?: Error) => stage.log('second', error ?? 'no error'));
  }),
  answered('calls back an end after finish', (_, res, stage) => {
    res.end('a');
    res.on('finish', () => {
      res.end((error?: Error) => stage.log('second', error ?? 'no error'));
    });
  }),
  answered('writes after end', (_, res, stage) => {
    res.on('error', (error) => stage.log('error', error));
    res.end('a');
    stage.log(res.write('b', (error) => stage.log('back', error ?? 'no error')));
  }),
  answered('sets a field after end', (_, res, stage) => {
    res.end('a');
    try {
      res.setHeader('x', 'y');
    } catch (error) {
      stage.log('thrown', error, (error as Error).message);
    }
    stage.log(res.getHeader('x'), res.headersSent);
  }),
  answered('flushes headers after end', (_, res, stage) => {
    res.end('a');
    res.flushHeaders();
    stage.log('fine');
  }),
  answered('shows the state of the stream at each stage', (_, res, stage) => {
    const state = (): void =>
      stage.log(
        res.writable,
        res.writableEnded,
        res.writableFinished,
        res.finished,
        res.destroyed,
        res.closed,
        res.errored,
        res.writableLength,
        res.writableCorked,
        res.writableObjectMode,
        res.writableNeedDrain,
      );
    state();
    res.write('a');
    state();
    res.end();
    state();
    res.on('finish', state);
    res.on('close', state);
  }),
  answered('is the classes of node:http', (req, res, stage) => {
    stage.log(req.constructor.name, res.constructor.name);
    stage.log(req instanceof Readable, typeof res.pipe);
    stage.log(Object.prototype.toString.call(res));
    res.end();
  }),
  answered('takes a stream through pipeline', (_, res, stage) => {
    pipeline(Readable.from(['a', 'b', 'c']), res, (error) =>
      stage.log('done', error ?? 'no error'),
    );
  }),
  answered('is destroyed by a pipeline that fails', (req, res, stage) => {
    stage.watchExchange(req, res);
    const source = new Readable({
      read() {
        this.push('a');
        this.destroy(new Error('broken'));
      },
    });
    pipeline(source, res, (error) => stage.log('done', error ?? 'no error'));
  }),
  answered('is finished for stream.finished', (req, res, stage) => {
    finished(res, (error) => stage.log('res', error ?? 'no error'));
    finished(req, (error) => stage.log('req', error ?? 'no error'));
    req.resume();
    res.end('x');
  }),
  answered('takes a pipe', (_, res, stage) => {
    stage.watch('res', res, 'pipe', 'unpipe', 'finish');
    Readable.from(['a', 'b']).pipe(res);
  }),
  answered('cannot be piped from', (_, res, stage) => {
    res.on('error', (error) => stage.log('error', error));
    try {
      res.pipe(process.stdout);
    } catch (error) {
      stage.log('thrown', error);
    }
    res.end();
  }),
  answered('emits prefinish, finish and close', (_, res, stage) => {
    stage.watch('res', res, 'prefinish', 'finish', 'end', 'close', 'socket');
    res.end('x');
    stage.log('returned');
  }),
  answered('loses its socket after finish', (req, res, stage) => {
    stage.log(res.socket === req.socket, res.connection === req.socket);
    res.on('finish', () => stage.log('finish', res.socket === null));
    res.on('close', () => stage.log('close', res.socket === null, req.socket !== null));
    res.end('x');
  }),
  answered('writes nothing when it is destroyed first', (_, res, stage) => {
    res.on('error', (error) => stage.log('error', error));
    res.destroy();
    stage.log(res.write('x', (error) => stage.log('back', error ?? 'no error')));
    res.end();
  }),
  answered('takes a symbol and a property of anybody', (req, res, stage) => {
    const mark = Symbol('mark');
    Object.assign(req, { [mark]: 1, own: 2 });
    Object.assign(res, { [mark]: 3, locals: {} });
    stage.log(Object.keys(res).includes('locals'), Reflect.get(req, mark), Reflect.get(res, mark));
    res.end();
  }),
  answered('takes another prototype', (req, res, stage) => {
    const prototype = Object.create(Object.getPrototypeOf(res) as object) as {
      hello?: () => string;
    };
    prototype.hello = () => 'hello';
    Object.setPrototypeOf(res, prototype);
    const swapped = res as unknown as { hello(): string };
    stage.log(swapped.hello(), res.statusCode, req.url);
    res.end(swapped.hello());
  }),
  answered('keeps a status that was set as a string', (_, res) => {
    Object.assign(res, { statusCode: '202' });
    res.end();
  }),
];
