import { parseArgs, type ParseArgsConfig } from 'node:util';
import {
  GudegError,
  SERVER_OPTION_TYPES,
  type ListenAddress,
  type ServerOptions,
} from '../core/index.ts';
import { BIND_FORMS, parseBindAddress } from './bind-address.ts';

/** What the command line asks for. */
export type Command =
  | { readonly kind: 'help' }
  | { readonly kind: 'version' }
  | {
      readonly kind: 'serve';
      readonly target: string;
      readonly addresses: readonly ListenAddress[];
      readonly options: ServerOptions;
      readonly graceMs: number;
    };

const DEFAULT_ADDRESS: ListenAddress = ['127.0.0.1', 8000];
const DEFAULT_GRACE_MS = 30_000;

const optionNames = Object.keys(SERVER_OPTION_TYPES) as (keyof typeof SERVER_OPTION_TYPES)[];

const flagOf = (name: string): string => name.replace(/[A-Z]/g, (each) => `-${each.toLowerCase()}`);

/** The text of `gudeg --help`. */
export function helpText(): string {
  const settings = optionNames.map((name) => {
    const type = SERVER_OPTION_TYPES[name];
    return type === 'boolean'
      ? `  --[no-]${flagOf(name)}`
      : `  --${flagOf(name)} ${type.toUpperCase()}`;
  });
  return `Usage: gudeg [-b ADDRESS]... [OPTION]... MODULE[:EXPORT]

Serves an RGI app: the default export of MODULE, or EXPORT.

  -b, --bind ADDRESS   where to listen, may be repeated [127.0.0.1:8000]
                       ${BIND_FORMS}
  --grace-ms NUMBER    how long running requests may take at the end [${DEFAULT_GRACE_MS}]
  -h, --help           this text
  -v, --version        the version

Options of the server, as docs/server.md describes them:
${settings.join('\n')}
`;
}

/**
 * Reads the arguments behind `gudeg`.
 * @throws GUDEG_ERR_INVALID_OPTION, GUDEG_ERR_INVALID_ADDRESS
 */
export function parseCommandLine(args: readonly string[]): Command {
  const options: NonNullable<ParseArgsConfig['options']> = {
    bind: { type: 'string', short: 'b', multiple: true },
    'grace-ms': { type: 'string' },
    help: { type: 'boolean', short: 'h' },
    version: { type: 'boolean', short: 'v' },
  };
  for (const name of optionNames) {
    const isFlag = SERVER_OPTION_TYPES[name] === 'boolean';
    options[flagOf(name)] = { type: isFlag ? 'boolean' : 'string' };
    if (isFlag) options[`no-${flagOf(name)}`] = { type: 'boolean' };
  }
  const { values, positionals } = parse([...args], options);
  if (values['help'] === true) return { kind: 'help' };
  if (values['version'] === true) return { kind: 'version' };
  const [target] = positionals;
  if (target === undefined || positionals.length > 1) {
    throw usage(`give one MODULE[:EXPORT]; got ${positionals.length}`);
  }
  const bind = (values['bind'] as string[] | undefined)?.map(parseBindAddress);
  return {
    kind: 'serve',
    target,
    addresses: bind ?? [DEFAULT_ADDRESS],
    options: readServerOptions(values),
    graceMs: readNumber('grace-ms', values['grace-ms'] ?? String(DEFAULT_GRACE_MS)),
  };
}

function parse(
  args: string[],
  options: NonNullable<ParseArgsConfig['options']>,
): { values: Record<string, unknown>; positionals: string[] } {
  try {
    return parseArgs({ args, options, allowPositionals: true });
  } catch (error) {
    throw usage((error as Error).message);
  }
}

function readServerOptions(values: Record<string, unknown>): ServerOptions {
  const options: Record<string, unknown> = {};
  for (const name of optionNames) {
    const value = values[flagOf(name)];
    const type = SERVER_OPTION_TYPES[name];
    if (type === 'boolean' && values[`no-${flagOf(name)}`] === true) options[name] = false;
    else if (value !== undefined) {
      options[name] = type === 'number' ? readNumber(flagOf(name), value) : value;
    }
  }
  return options;
}

function readNumber(flag: string, value: unknown): number {
  const number = Number(value);
  if (value === '' || !Number.isFinite(number)) {
    throw usage(`--${flag} must be a number; got ${String(value)}`);
  }
  return number;
}

function usage(message: string): GudegError {
  return new GudegError('GUDEG_ERR_INVALID_OPTION', `${message} (see gudeg --help)`);
}
