/** One item of `sec-websocket-extensions`: a name and its parameters in order, `true` where one has no value. */
export interface ExtensionItem {
  readonly name: string;
  readonly parameters: readonly (readonly [name: string, value: string | true])[];
}

const token = "[!#$%&'*+\\-.^_`|~0-9A-Za-z]+";
const parameter = new RegExp(`\\s*;\\s*(${token})(?:\\s*=\\s*(?:(${token})|"(${token})"))?`, 'y');
const name = new RegExp(`[\\s,]*(${token})`, 'y');
const end = /\s*(,|$)/y;

/**
 * Reads `sec-websocket-extensions` (RFC 6455 section 9.1); null when it is malformed. A quoted value
 * must be a token once the quotes are off.
 */
export function parseExtensions(text: string): ExtensionItem[] | null {
  const items: ExtensionItem[] = [];
  let at = 0;
  const match = (pattern: RegExp): RegExpExecArray | null => {
    pattern.lastIndex = at;
    const found = pattern.exec(text);
    if (found !== null) at = pattern.lastIndex;
    return found;
  };
  while (/[^\s,]/.test(text.slice(at))) {
    const named = match(name);
    if (named === null) return null;
    const parameters: [string, string | true][] = [];
    for (let found = match(parameter); found !== null; found = match(parameter)) {
      parameters.push([found[1] as string, found[2] ?? found[3] ?? true]);
    }
    if (match(end) === null) return null;
    items.push({ name: named[1] as string, parameters });
  }
  return items;
}
