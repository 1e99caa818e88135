import { readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

import { format, resolveConfig } from 'prettier';

const begin = '<!-- bench:begin -->';
const end = '<!-- bench:end -->';

/**
 * Puts text between the two marks of the package's README.
 *
 * @param {string} text
 */
export async function replaceReadmeBlock(text) {
  const path = new URL('../../README.md', import.meta.url);
  const readme = await readFile(path, 'utf8');
  const from = readme.indexOf(begin);
  const to = readme.indexOf(end);
  if (from < 0 || to < from) throw new Error(`README.md needs the lines ${begin} and ${end}`);
  const replaced = `${readme.slice(0, from + begin.length)}\n\n${text}\n${readme.slice(to)}`;
  const filepath = fileURLToPath(path);
  await writeFile(path, await format(replaced, { ...(await resolveConfig(filepath)), filepath }));
}
