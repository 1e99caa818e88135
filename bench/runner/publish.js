import { readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

import { format, resolveConfig } from 'prettier';

import { peers } from '../peers/index.js';
import { scenarios } from '../scenarios/index.js';
import { markdownTables } from './markdown-tables.js';
import { mergePublished } from './published.js';
import { replaceReadmeBlock } from './readme-block.js';

const path = fileURLToPath(new URL('../published.json', import.meta.url));

/**
 * Puts the figures of a run into `bench/published.json` and the README's tables. What the run did not
 * measure stays, with its date.
 *
 * @param {readonly import('./published.js').Published[]} newer
 */
export async function publish(newer) {
  const older = JSON.parse(await readFile(path, 'utf8'));
  const { entries, kept } = mergePublished(older, newer);
  for (const { scenario, missing } of kept) {
    console.log(
      `The README keeps its figures of ${scenario}: this run lacks ${missing.join(', ')}. ` +
        'Measure these too, or remove the scenario from bench/published.json.',
    );
  }
  const options = { ...(await resolveConfig(path)), filepath: path };
  await writeFile(path, await format(JSON.stringify(entries), options));
  await replaceReadmeBlock(markdownTables(entries, scenarios, peers));
}
