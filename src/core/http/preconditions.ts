import { parseHttpDate } from './http-date.ts';

/** What a precondition is compared with. */
export interface Validators {
  /** The entity tag as it stands in the field: `"xyzzy"`, `W/"xyzzy"`. */
  readonly etag: string;
  /** Time of the last change in milliseconds. */
  readonly lastModifiedMs: number;
}

/** Fields by lower-case name. */
type Fields = Readonly<Record<string, unknown>>;

/**
 * Whether GET and HEAD go on, or end with 304 or 412 (RFC 9110 section 13.2.2, in its order:
 * if-match, if-unmodified-since, if-none-match, if-modified-since).
 */
export function evaluatePreconditions(headers: Fields, current: Validators): 200 | 304 | 412 {
  const modifiedSecond = Math.floor(current.lastModifiedMs / 1000) * 1000;
  const ifMatch = text(headers['if-match']);
  const ifUnmodifiedSince = text(headers['if-unmodified-since']);
  if (ifMatch !== null) {
    if (!listHas(ifMatch, current.etag, false)) return 412;
  } else if (ifUnmodifiedSince !== null) {
    const since = parseHttpDate(ifUnmodifiedSince);
    if (since !== null && modifiedSecond > since) return 412;
  }
  const ifNoneMatch = text(headers['if-none-match']);
  const ifModifiedSince = text(headers['if-modified-since']);
  if (ifNoneMatch !== null) return listHas(ifNoneMatch, current.etag, true) ? 304 : 200;
  if (ifModifiedSince !== null) {
    const since = parseHttpDate(ifModifiedSince);
    if (since !== null && modifiedSecond <= since) return 304;
  }
  return 200;
}

/** Whether a range may be served: no if-range, or one that names what there is now (RFC 9110 section 13.1.5). */
export function rangeApplies(headers: Fields, current: Validators): boolean {
  const ifRange = text(headers['if-range']);
  if (ifRange === null) return true;
  if (ifRange.endsWith('"')) return !ifRange.startsWith('W/') && ifRange === current.etag;
  const since = parseHttpDate(ifRange);
  return since !== null && since === Math.floor(current.lastModifiedMs / 1000) * 1000;
}

/** Whether a list of entity tags, or `*`, has this one: by weak comparison, or by strong. */
function listHas(list: string, etag: string, isWeak: boolean): boolean {
  if (list.trim() === '*') return true;
  const bare = (tag: string): string => (tag.startsWith('W/') ? tag.slice(2) : tag);
  for (const [tag] of list.matchAll(/(?:W\/)?"[!#-~\x80-\xff]*"/g)) {
    if (isWeak ? bare(tag) === bare(etag) : tag === etag && !tag.startsWith('W/')) return true;
  }
  return false;
}

function text(value: unknown): string | null {
  return typeof value === 'string' ? value : null;
}
