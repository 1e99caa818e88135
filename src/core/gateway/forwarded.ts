import { invalidOption } from '../errors.ts';
import { TrustedProxies, type Request, type Session } from '../rgi/index.ts';
import { cgiName } from './cgi-name.ts';
import type { Environ } from './gateway-app.ts';

/** Which fields of a proxy hold for a gateway app; the names and defaults are gunicorn's. */
export interface ForwardedOptions {
  /**
   * The proxies whose fields are believed: addresses, networks (`10.0.0.0/8`), or `*` for everybody. Where
   * there are any, peers of a unix socket are believed too. Default none.
   */
  forwardedAllowIps?: readonly string[] | undefined;
  /**
   * Fields that tell of TLS, with the value that says so. One of them makes `wsgi.url_scheme` `https`; when
   * two contradict each other the answer is 400. Default X-FORWARDED-PROTOCOL `ssl`, X-FORWARDED-PROTO
   * `https`, X-FORWARDED-SSL `on`.
   */
  secureSchemeHeaders?: Readonly<Record<string, string>> | undefined;
  /**
   * Fields with an underscore that proxies may send; of others they are left out. SCRIPT_NAME becomes
   * `SCRIPT_NAME`, and `PATH_INFO` begins behind it. Default SCRIPT_NAME and PATH_INFO.
   */
  forwarderHeaders?: readonly string[] | undefined;
}

const SECURE_SCHEME_HEADERS = {
  'X-FORWARDED-PROTOCOL': 'ssl',
  'X-FORWARDED-PROTO': 'https',
  'X-FORWARDED-SSL': 'on',
} as const;
const FORWARDER_HEADERS = ['SCRIPT_NAME', 'PATH_INFO'] as const;

/** Puts what a trusted proxy says of a request into its environ. */
export class Forwarded {
  readonly #proxies: TrustedProxies;
  /** Keys of an environ, with the values that mean TLS. */
  readonly #schemes: readonly (readonly [key: string, value: string])[];
  readonly #forwarders: ReadonlySet<string>;

  private constructor(ips: readonly string[], options: ForwardedOptions) {
    const { secureSchemeHeaders = SECURE_SCHEME_HEADERS, forwarderHeaders = FORWARDER_HEADERS } =
      options;
    this.#proxies = new TrustedProxies({ forwardedAllowIps: ips });
    this.#schemes = schemesOf(secureSchemeHeaders);
    this.#forwarders = new Set(textsOf('forwarderHeaders', forwarderHeaders));
  }

  /**
   * Null where nobody is trusted.
   * @throws GUDEG_ERR_INVALID_OPTION
   */
  static from(options: ForwardedOptions): Forwarded | null {
    const { forwardedAllowIps = [] } = options;
    const ips = textsOf('forwardedAllowIps', forwardedAllowIps);
    const forwarded = new Forwarded(ips, options);
    return ips.length === 0 ? null : forwarded;
  }

  /** False when the proxy contradicts itself. `hasUnderscores`: fields were left out for their names. */
  apply(environ: Environ, session: Session, request: Request, hasUnderscores: boolean): boolean {
    const isNamed = hasUnderscores && this.#forwarders.size > 0;
    const saysScheme = this.#schemes.some(([key]) => environ[key] !== undefined);
    if ((!isNamed && !saysScheme) || !this.#proxies.trusts(session.address)) return true;
    if (isNamed) request.forEachField(addForwarderField, { environ, names: this.#forwarders });
    return !saysScheme || this.#setScheme(environ);
  }

  #setScheme(environ: Environ): boolean {
    const verdicts = new Set<boolean>();
    for (const [key, secure] of this.#schemes) {
      const field = environ[key];
      if (typeof field !== 'string') continue;
      for (const value of field.split(',')) verdicts.add(value.trim() === secure);
    }
    if (verdicts.size > 1) return false;
    // A proxy that tells nothing leaves what the connection itself is.
    if (verdicts.size === 1) environ['wsgi.url_scheme'] = verdicts.has(true) ? 'https' : 'http';
    return true;
  }
}

interface ForwarderFields {
  readonly environ: Environ;
  readonly names: ReadonlySet<string>;
}

function addForwarderField({ environ, names }: ForwarderFields, name: string, value: string): void {
  if (!name.includes('_')) return;
  const key = name.replaceAll('-', '_').toUpperCase();
  if (!names.has(key)) return;
  if (key === 'SCRIPT_NAME') mountAt(environ, value);
  else environ[`HTTP_${key}`] = value;
}

/** What a proxy has mounted the app at is no part of its path; the proxy may have cut it off already. */
function mountAt(environ: Environ, scriptName: string): void {
  const isBefore = (path: string): boolean =>
    path === scriptName || path.startsWith(`${scriptName}/`);
  environ.SCRIPT_NAME = scriptName + environ.SCRIPT_NAME;
  if (!isBefore(environ.PATH_INFO)) return;
  environ.PATH_INFO = environ.PATH_INFO.slice(scriptName.length);
  if (isBefore(environ.RAW_PATH_INFO)) {
    environ.RAW_PATH_INFO = environ.RAW_PATH_INFO.slice(scriptName.length);
  }
}

function schemesOf(given: unknown): (readonly [key: string, value: string])[] {
  const entries: [string, unknown][] =
    typeof given === 'object' && given !== null ? Object.entries(given) : [];
  if (entries.length === 0 || entries.some(([, value]) => typeof value !== 'string')) {
    throw invalidOption('secureSchemeHeaders', 'an object of field names and values', given);
  }
  return entries.map(([name, value]) => [cgiName(name.toLowerCase()), value as string] as const);
}

function textsOf(option: string, given: unknown): readonly string[] {
  const isList = Array.isArray(given) && given.every((each) => typeof each === 'string');
  if (!isList) throw invalidOption(option, 'an array of strings', given);
  return given;
}
