import { sep } from 'node:path';

/**
 * File names from raw path components, or the status that refuses them: 400 for what no client
 * sends by accident (`..`, a NUL, a broken escape), 404 for what cannot be a file name here.
 *
 * @param allowsDotfiles whether names may begin with a dot
 */
export function decodeFilePath(
  components: readonly string[],
  allowsDotfiles: boolean,
): string[] | 400 | 404 {
  const names: string[] = [];
  for (const component of components) {
    let name: string;
    try {
      name = decodeURIComponent(component);
    } catch {
      return 400;
    }
    if (name === '.' || name === '..' || name.includes('\0')) return 400;
    // An escaped slash is data in the uri, and no file has it in its name.
    if (name === '' || name.includes('/')) return 404;
    // There a backslash separates too, and a colon names a drive or a stream.
    if (sep === '\\' && /[\\:]/.test(name)) return 404;
    if (!allowsDotfiles && name.startsWith('.')) return 404;
    names.push(name);
  }
  return names;
}
