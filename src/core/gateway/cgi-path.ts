import type { Request } from '../rgi/index.ts';

/** The path of a request as CGI splits it (RFC 3875 sections 4.1.5 and 4.1.13). */
export interface CgiPath {
  /** What routing has consumed, decoded; `''` or it begins with a slash, and never ends with one. */
  readonly scriptName: string;
  /** The rest, decoded; `''` or it begins with a slash. */
  readonly pathInfo: string;
  /** The rest as received. */
  readonly rawPathInfo: string;
}

/** Splits the path of a request; targets without a path (`*`, an authority) have `''` everywhere. */
export function cgiPath(request: Request): CgiPath {
  const { mount } = request;
  if (mount.length === 0) {
    const raw = rawPath(request.uri);
    return { scriptName: '', pathInfo: decodePath(raw), rawPathInfo: raw };
  }
  // A trailing slash that routing consumed is what the app has to answer for.
  const endsInSlash = mount.at(-1) === '';
  const script = endsInSlash ? mount.slice(0, -1) : mount;
  const rest = endsInSlash ? ['', ...request.path] : request.path;
  const raw = rest.length === 0 ? '' : `/${rest.join('/')}`;
  const rawScript = script.length === 0 ? '' : `/${script.join('/')}`;
  return { scriptName: decodePath(rawScript), pathInfo: decodePath(raw), rawPathInfo: raw };
}

/** The path of an origin-form or absolute-form target, without its query. */
function rawPath(uri: string): string {
  let start = 0;
  if (uri.charCodeAt(0) !== 47 /* / */) {
    const scheme = uri.indexOf('://');
    if (scheme < 0) return '';
    start = uri.indexOf('/', scheme + 3);
    if (start < 0) return '/';
  }
  const mark = uri.indexOf('?', start);
  if (mark < 0) return start === 0 ? uri : uri.slice(start);
  return uri.slice(start, mark);
}

/** Percent-decodes into one character for each byte; a `%` without two hex digits stays. */
export function decodePath(raw: string): string {
  if (!raw.includes('%')) return raw;
  return raw.replace(/%([0-9A-Fa-f]{2})/g, (_, hex: string) =>
    String.fromCharCode(Number.parseInt(hex, 16)),
  );
}
