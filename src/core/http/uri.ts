/**
 * An origin-form target from raw path components and a query: `joinUri(['a', ''], 'k=v')` is
 * `/a/?k=v`. A null query means no `?`. Nothing is encoded.
 */
export function joinUri(path: readonly string[], query: string | null): string {
  const uri = `/${path.join('/')}`;
  return query === null ? uri : `${uri}?${query}`;
}
