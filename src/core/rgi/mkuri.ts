import { joinUri } from '../http/index.ts';

/** Options of `mkuri`. */
export interface MkuriOptions {
  /** What follows the `?`; null for none. */
  query?: string | null;
}

/**
 * A uri from raw path components and a query (Degu's `mkuri`): `mkuri('foo', '')` is `/foo/`,
 * `mkuri('foo', { query: 'k=v' })` is `/foo?k=v`. Nothing is encoded.
 */
export function mkuri(...parts: string[] | [...path: string[], options: MkuriOptions]): string {
  const last = parts.at(-1);
  if (typeof last !== 'object') return joinUri(parts as string[], null);
  return joinUri(parts.slice(0, -1) as string[], last.query ?? null);
}
