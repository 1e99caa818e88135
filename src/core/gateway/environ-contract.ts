import { demand, hasMethods } from './contract.ts';

const REQUIRED = [
  'REQUEST_METHOD',
  'SERVER_NAME',
  'SERVER_PORT',
  'SERVER_PROTOCOL',
  'QUERY_STRING',
  'wsgi.version',
  'wsgi.input',
  'wsgi.errors',
  'wsgi.url_scheme',
  'wsgi.multithread',
  'wsgi.multiprocess',
  'wsgi.run_once',
];

/** Checks what a server gives an app. @throws GUDEG_ERR_GATEWAY_CONTRACT */
export function checkEnviron(environ: unknown): asserts environ is Record<string, unknown> {
  demand(typeof environ === 'object' && environ !== null, 'environ', 'an object', environ);
  const values = environ as Record<string, unknown>;
  for (const key of REQUIRED) demand(key in values, `environ['${key}']`, 'there', undefined);
  for (const key of ['HTTP_CONTENT_TYPE', 'HTTP_CONTENT_LENGTH']) {
    demand(!(key in values), `environ.${key}`, `absent; it is ${key.slice(5)}`, values[key]);
  }
  // A key with a dot belongs to whoever put it there.
  for (const [key, value] of Object.entries(values)) {
    if (key.includes('.')) continue;
    demand(typeof value === 'string', `environ.${key}`, 'a string', value);
    const isBytes = !/[\u0100-\uffff]/.test(value);
    demand(isBytes, `environ.${key}`, 'one byte a character (PEP 3333)', value);
  }
  checkPath(values as Record<string, string | undefined>);
  checkWsgi(values);
}

function checkPath(values: Record<string, string | undefined>): void {
  const { REQUEST_METHOD, SCRIPT_NAME, PATH_INFO, CONTENT_LENGTH } = values;
  demand(
    /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/.test(REQUEST_METHOD ?? ''),
    'environ.REQUEST_METHOD',
    'a token',
    REQUEST_METHOD,
  );
  const isPath = (path = ''): boolean => path === '' || path.startsWith('/');
  demand(
    isPath(SCRIPT_NAME) && SCRIPT_NAME !== '/',
    'environ.SCRIPT_NAME',
    "'', or begin with a slash and be more than that",
    SCRIPT_NAME,
  );
  demand(isPath(PATH_INFO), 'environ.PATH_INFO', "'', or begin with a slash", PATH_INFO);
  demand(
    SCRIPT_NAME !== undefined || PATH_INFO !== undefined,
    'environ.SCRIPT_NAME or environ.PATH_INFO',
    'there',
    undefined,
  );
  demand(/^\d*$/.test(CONTENT_LENGTH ?? ''), 'environ.CONTENT_LENGTH', 'digits', CONTENT_LENGTH);
}

function checkWsgi(values: Record<string, unknown>): void {
  const version: unknown = values['wsgi.version'];
  demand(
    Array.isArray(version) && version.length === 2 && version.every(Number.isInteger),
    "environ['wsgi.version']",
    'two integers',
    version,
  );
  const scheme = values['wsgi.url_scheme'];
  demand(
    scheme === 'http' || scheme === 'https',
    "environ['wsgi.url_scheme']",
    "'http' or 'https'",
    scheme,
  );
  const input = values['wsgi.input'];
  demand(
    hasMethods(input, 'read', 'readline', 'readlines', Symbol.iterator),
    "environ['wsgi.input']",
    'something with read, readline, readlines and iteration',
    input,
  );
  const errors = values['wsgi.errors'];
  demand(
    hasMethods(errors, 'write', 'writelines', 'flush'),
    "environ['wsgi.errors']",
    'something with write, writelines and flush',
    errors,
  );
}
