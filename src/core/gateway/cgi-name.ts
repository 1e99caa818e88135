/** Names seen so far. A client can make up names without end, so it stops growing. */
const known = new Map<string, string>([
  ['content-type', 'CONTENT_TYPE'],
  ['content-length', 'CONTENT_LENGTH'],
]);
const MAX_KNOWN = 512;

/**
 * The environ key of a field by its lower-case name: `HTTP_USER_AGENT`. `''` for a name with an
 * underscore: it would pass for the one with a hyphen, which a proxy may have checked.
 */
export function cgiName(name: string): string {
  return known.get(name) ?? makeName(name);
}

function makeName(name: string): string {
  const key = name.includes('_') ? '' : `HTTP_${name.replaceAll('-', '_').toUpperCase()}`;
  if (known.size < MAX_KNOWN) known.set(name, key);
  return key;
}
