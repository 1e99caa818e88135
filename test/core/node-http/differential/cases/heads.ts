import { lastRequest, type DifferentialCase, type Listener } from '../differential-case.ts';

const answered = (title: string, listener: Listener): DifferentialCase => ({
  title,
  listener,
  send: lastRequest(),
});

/** Logs what each attempt throws, then answers. */
const attempts =
  (...work: ((res: Parameters<Listener>[1]) => unknown)[]): Listener =>
  (_, res, stage) => {
    for (const attempt of work) {
      try {
        const given = attempt(res);
        stage.log(given === res ? 'res' : given);
      } catch (error) {
        stage.log('thrown', error, (error as Error).message);
      }
    }
    try {
      if (!res.writableEnded) res.end('ok');
    } catch (error) {
      stage.log('thrown from end', error);
      res.destroy();
    }
  };

const loose = (value: unknown): never => value as never;

/** writeHead, implicit heads, and the fields of an answer. */
export const headCases: DifferentialCase[] = [
  answered('writes a head with fields', (_, res) => res.writeHead(201, { 'X-A': 'b' }).end('x')),
  answered('writes a head with a reason', (_, res) => res.writeHead(200, 'Fine').end('x')),
  answered('writes a head with a reason and fields', (_, res) =>
    res.writeHead(404, 'Nope', { 'X-A': 'b' }).end('x'),
  ),
  answered('writes a head with a flat list of fields', (_, res) =>
    res.writeHead(200, ['X-A', '1', 'X-B', '2']).end('x'),
  ),
  answered('writes a flat list with a name twice', (_, res) =>
    res.writeHead(200, ['Set-Cookie', 'a=1', 'Set-Cookie', 'b=2']).end('x'),
  ),
  answered('writes a head with a list of values', (_, res) =>
    res.writeHead(200, { 'X-A': ['1', '2'], 'Set-Cookie': ['a', 'b'] }).end('x'),
  ),
  answered('joins a flat list with fields that were set', (_, res) => {
    res.setHeader('X-A', 'old');
    res.setHeader('X-B', 'kept');
    res.writeHead(200, ['X-A', 'new', 'X-C', 'more']).end('x');
  }),
  answered('writes over fields that were set', (_, res) => {
    res.setHeader('X-A', 'old');
    res.setHeader('X-B', 'kept');
    res.writeHead(200, { 'x-a': 'new' }).end('x');
  }),
  answered('uses statusCode and statusMessage', (_, res) => {
    res.statusCode = 418;
    res.statusMessage = 'Short and stout';
    res.end();
  }),
  answered('has the usual reason of a status', (_, res) => {
    res.statusCode = 503;
    res.end();
  }),
  answered('says unknown for a status without a usual reason', (_, res) => {
    res.statusCode = 299;
    res.end();
  }),
  answered('writes an empty reason', (_, res) => res.writeHead(200, '', {}).end()),
  answered(
    'refuses statuses outside of 100 to 999',
    attempts(
      (res) => res.writeHead(99),
      (res) => res.writeHead(1000),
      (res) => res.writeHead(loose('abc')),
      (res) => res.writeHead(loose(undefined)),
      (res) => res.writeHead(loose('201')),
    ),
  ),
  answered(
    'refuses a reason with line breaks',
    attempts((res) => res.writeHead(200, 'a\r\nb: c')),
  ),
  answered(
    'refuses a flat list of odd length',
    attempts((res) => res.writeHead(200, ['a'])),
  ),
  answered(
    'refuses a second head',
    attempts(
      (res) => res.writeHead(200),
      (res) => res.writeHead(201),
    ),
  ),
  answered(
    'refuses a head after the first write',
    attempts(
      (res) => res.write('x'),
      (res) => res.writeHead(201),
    ),
  ),
  answered(
    'refuses fields after the head was sent',
    attempts(
      (res) => res.flushHeaders(),
      (res) => res.setHeader('a', 'b'),
      (res) => res.appendHeader('a', 'b'),
      (res) => res.removeHeader('a'),
      (res) => res.setHeaders(new Map<string, string>([['a', 'b']])),
    ),
  ),
  answered('tells whether the head was sent', (_, res, stage) => {
    stage.log(res.headersSent);
    res.writeHead(200);
    stage.log(res.headersSent);
    res.write('x');
    stage.log(res.headersSent);
    res.end();
    stage.log(res.headersSent, res.writableEnded, res.finished);
  }),
  answered('gives fields in many forms', (_, res, stage) => {
    res.setHeader('X-Number', 7);
    res.setHeader('x-List', ['a', 'b']);
    stage.log(res.getHeader('x-number'), res.getHeader('X-LIST'), res.getHeader('none'));
    stage.log(res.getHeaders(), res.getHeaderNames());
    // The types of Node 20 leave it out.
    stage.log((res as unknown as { getRawHeaderNames(): string[] }).getRawHeaderNames());
    stage.log(res.hasHeader('X-number'), res.hasHeader('y'));
    res.removeHeader('X-NUMBER');
    stage.log(res.getHeaders());
    res.end();
  }),
  answered('returns fields in an object without a prototype', (_, res, stage) => {
    stage.log(Object.getPrototypeOf(res.getHeaders()));
    res.end();
  }),
  answered('keeps the last spelling of a name', (_, res) => {
    res.setHeader('x-a', '1');
    res.setHeader('X-A', '2');
    res.end();
  }),
  answered('sends fields in the order in which they were set', (_, res) => {
    for (const name of ['C', 'A', 'B']) res.setHeader(`X-${name}`, name);
    res.removeHeader('X-C');
    res.setHeader('X-C', 'again');
    res.end();
  }),
  answered('appends values', (_, res, stage) => {
    res.setHeader('X-A', '1').appendHeader('x-a', '2').appendHeader('X-A', ['3', '4']);
    res.appendHeader('X-B', '1');
    stage.log(res.getHeader('x-a'), res.getHeader('x-b'));
    res.end();
  }),
  answered('takes Headers and a Map', (_, res, stage) => {
    res.setHeaders(new Headers({ 'X-A': '1', 'x-b': '2' }));
    res.setHeaders(new Map<string, string>([['X-C', '3']]));
    stage.log(res.getHeaders());
    res.end();
  }),
  answered('takes cookies out of Headers one by one', (_, res, stage) => {
    const headers = new Headers();
    headers.append('set-cookie', 'a=1');
    headers.append('set-cookie', 'b=2');
    res.setHeaders(headers);
    stage.log(res.getHeaders());
    res.end();
  }),
  answered(
    'refuses setHeaders without a Map or Headers',
    attempts((res) => res.setHeaders(loose({ a: 1 }))),
  ),
  answered('sends each of a list of values on a line of its own', (_, res) => {
    res.setHeader('X-A', ['1', '2']);
    res.setHeader('Set-Cookie', ['a=1', 'b=2']);
    res.end();
  }),
  answered('joins cookies that are set as a list in one field', (_, res) => {
    res.setHeader('Cookie', ['a=1', 'b=2']);
    res.end();
  }),
  answered(
    'refuses names that are no tokens',
    attempts(
      (res) => res.setHeader('a b', '1'),
      (res) => res.setHeader('', '1'),
      (res) => res.setHeader('ü', '1'),
      (res) => res.setHeader('a:', '1'),
      (res) => res.setHeader(loose(1), '1'),
      (res) => res.appendHeader('a\r\n', '1'),
    ),
  ),
  answered(
    'refuses values with control characters or beyond latin1',
    attempts(
      (res) => res.setHeader('a', 'x\r\ny: z'),
      (res) => res.setHeader('a', 'x\0'),
      (res) => res.setHeader('a', 'snow☃'),
      (res) => res.setHeader('a', loose(undefined)),
      (res) => res.setHeader('a', ['ok', 'bad\n']),
      (res) => res.writeHead(200, { a: 'x\ny' }),
    ),
  ),
  answered(
    'refuses names that are not text in getters',
    attempts(
      (res) => res.getHeader(loose(1)),
      (res) => res.hasHeader(loose(undefined)),
      (res) => res.removeHeader(loose(null)),
    ),
  ),
  answered('sends latin1 values as they are', (_, res) => {
    res.setHeader('X-A', 'é\t\u00ff');
    res.end();
  }),
  answered('sends an empty value', (_, res) => {
    res.setHeader('X-A', '');
    res.end();
  }),
  answered('sends numbers and booleans as text', (_, res) => {
    res.setHeader('X-A', 0);
    res.setHeader('X-B', loose(false));
    res.setHeader('X-C', loose(null));
    res.end();
  }),
  answered('sends no date when sendDate is false', (_, res) => {
    res.sendDate = false;
    res.end();
  }),
  answered('sends the date of the listener', (_, res) => {
    res.setHeader('Date', 'today');
    res.end();
  }),
  answered('removes the date', (_, res) => {
    res.removeHeader('date');
    res.end();
  }),
  answered('writes a head late, in the first write', (_, res) => {
    res.statusCode = 202;
    res.write('a');
    res.statusCode = 500;
    res.end('b');
  }),
  answered('calls writeHead that somebody put in its place', (_, res, stage) => {
    const { writeHead } = res;
    res.writeHead = function (this: typeof res, ...args: unknown[]) {
      stage.log('writeHead', args);
      this.setHeader('X-Late', '1');
      return Reflect.apply(writeHead, this, args) as typeof res;
    };
    res.end('x');
  }),
  answered('calls write and end that somebody put in their place', (_, res, stage) => {
    const { write, end } = res;
    res.write = function (this: typeof res, ...args: unknown[]) {
      stage.log('write', String(args[0]));
      return Reflect.apply(write, this, args) as boolean;
    };
    res.end = function (this: typeof res, ...args: unknown[]) {
      stage.log('end', String(args[0]));
      return Reflect.apply(end, this, args) as typeof res;
    };
    res.write('a');
    res.end('b');
  }),
  answered('has _header and _headerSent once the head is written', (_, res, stage) => {
    const inner = res as unknown as { _header: string | null; _headerSent: boolean };
    stage.log(inner._header, inner._headerSent);
    res.writeHead(200, { 'X-A': '1' });
    stage.log(typeof inner._header);
    res.end();
    stage.log(inner._headerSent);
  }),
  answered('returns itself from what can be chained', (_, res, stage) => {
    stage.log(res.setHeader('a', 'b') === res, res.appendHeader('a', 'c') === res);
    stage.log(res.setTimeout(1000) === res, res.writeHead(200) === res, res.end() === res);
  }),
];
