import { GudegError, invalidArgType, invalidOption } from '../errors.ts';
import { Forwarded, type ForwardedOptions } from './forwarded.ts';
import { GreenPool } from '../hub/index.ts';
import { MAX_READ_BYTES } from '../http/index.ts';

/** What text can be written to, such as a stream. */
export interface TextSink {
  /** Takes text. */
  write(text: string): unknown;
}

/** Takes lines of text: a function, or what has `write`, such as a stream. */
export type LogSink = ((line: string) => void) | TextSink;

/** Options of `Gateway`: those of eventlet's `wsgi.server` that are no matter of the HTTP server. */
export interface GatewayOptions extends ForwardedOptions {
  /**
   * Keys that every environ begins with: they replace `wsgi.*` and `SERVER_*` of ours, and SCRIPT_NAME
   * stands before what was mounted. Default none.
   */
  environ?: Readonly<Record<string, unknown>> | undefined;
  /** Requests that run at a time, each in its green thread. Default 1024. */
  maxSize?: number | undefined;
  /** The pool in which they run, in place of one of `maxSize`; others may use it too. */
  customPool?: GreenPool | undefined;
  /** Requests that may wait for a place in the pool; one more gets 503. Default 65536. */
  maxWaiting?: number | undefined;
  /** What a read of `wsgi.input` without a size gives at most, in bytes. Default 16777216. */
  maxReadBytes?: number | undefined;
  /** Bytes up to which pieces of an iterable are held back and joined. Default 0: each is sent as it comes. */
  minimumChunkSize?: number | undefined;
  /** Write the names of response fields with capitals, `Content-Type`. Default false. */
  capitalizeResponseHeaders?: boolean | undefined;
  /** Answer with the stack when the app throws, and write it to `wsgi.errors`. Default false. */
  debug?: boolean | undefined;
  /** Where access lines go. Default standard error. */
  log?: LogSink | undefined;
  /** Whether there are access lines. Default: whether there is a `log`. */
  logOutput?: boolean | undefined;
  /** The form of access lines, see docs/gateway.md. Default eventlet's. */
  logFormat?: string | undefined;
  /** Whether `X-Forwarded-For` stands before the client's address in access lines. Default true. */
  logXForwardedFor?: boolean | undefined;
}

/** All options with their values. */
export type CompleteGatewayOptions = {
  readonly [
    Name in Exclude<keyof GatewayOptions, 'customPool' | keyof ForwardedOptions>
  ]-?: NonNullable<GatewayOptions[Name]>;
} & {
  readonly pool: GreenPool;
  /** Null where no proxy is trusted. */
  readonly forwarded: Forwarded | null;
};

/** eventlet's own. */
export const DEFAULT_LOG_FORMAT =
  '%(client_ip)s - - [%(date_time)s] "%(request_line)s" %(status_code)s %(body_length)s %(wall_seconds).6f';

const counts: Record<string, { readonly min: number; readonly value: number }> = {
  maxSize: { min: 1, value: 1024 },
  maxWaiting: { min: 0, value: 65_536 },
  maxReadBytes: { min: 0, value: MAX_READ_BYTES },
  minimumChunkSize: { min: 0, value: 0 },
};
const flags: Record<string, boolean> = {
  capitalizeResponseHeaders: false,
  debug: false,
  logOutput: false,
  logXForwardedFor: true,
};
const others = [
  'environ',
  'customPool',
  'log',
  'logFormat',
  'forwardedAllowIps',
  'secureSchemeHeaders',
  'forwarderHeaders',
];

/** The names of all options. */
export const GATEWAY_OPTION_NAMES: readonly string[] = [
  ...Object.keys(counts),
  ...Object.keys(flags),
  ...others,
];

/**
 * Checks options and fills in the defaults.
 * @throws GUDEG_ERR_INVALID_OPTION, GUDEG_ERR_INVALID_ARG_TYPE
 */
export function completeGatewayOptions(given: GatewayOptions): CompleteGatewayOptions {
  const values = given as Record<string, unknown>;
  for (const name of Object.keys(values)) {
    if (!GATEWAY_OPTION_NAMES.includes(name)) {
      throw new GudegError(
        'GUDEG_ERR_INVALID_OPTION',
        `there is no option ${name}; known are ${GATEWAY_OPTION_NAMES.join(', ')}`,
      );
    }
  }
  const complete: Record<string, unknown> = {};
  for (const [name, { min, value: fallback }] of Object.entries(counts)) {
    const value = values[name] ?? fallback;
    if (!Number.isSafeInteger(value) || (value as number) < min) {
      throw invalidOption(name, `an integer from ${min}`, value);
    }
    complete[name] = value;
  }
  for (const [name, fallback] of Object.entries(flags)) {
    const value = values[name] ?? fallback;
    if (typeof value !== 'boolean') throw invalidOption(name, 'true or false', value);
    complete[name] = value;
  }
  const { environ = {}, customPool, log, logFormat = DEFAULT_LOG_FORMAT } = given;
  if (typeof environ !== 'object') throw invalidArgType('options.environ', 'an object', environ);
  if (customPool !== undefined && !(customPool instanceof GreenPool)) {
    throw invalidArgType('options.customPool', 'a GreenPool', customPool);
  }
  if (typeof logFormat !== 'string') throw invalidOption('logFormat', 'a string', logFormat);
  const pool = customPool ?? new GreenPool(complete['maxSize'] as number);
  complete['logOutput'] = given.logOutput ?? log !== undefined;
  return {
    ...(complete as unknown as CompleteGatewayOptions),
    environ,
    log: log ?? process.stderr,
    logFormat,
    pool,
    forwarded: Forwarded.from(given),
  };
}
