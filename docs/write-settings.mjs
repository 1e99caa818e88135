// Writes the tables of docs/settings.md and docs/settings.schema.json from the table of settings in
// src/worker/settings: `npm run docs:settings`.
import { readFileSync, writeFileSync } from 'node:fs';
import { format, resolveConfig } from 'prettier';

import { settingsTables } from '../src/worker/settings/settings-page.ts';
import { settingsSchema } from '../src/worker/settings/settings-schema.ts';

async function write(name, text, parser) {
  const page = new URL(name, import.meta.url);
  const options = { ...(await resolveConfig(page)), filepath: name, parser };
  writeFileSync(page, await format(text, options));
}

const text = readFileSync(new URL('settings.md', import.meta.url), 'utf8').replace(
  /(<!-- settings:begin -->)[^]*(<!-- settings:end -->)/,
  (_, begin, end) => `${begin}\n\n${settingsTables()}\n\n${end}`,
);
await write('settings.md', text, 'markdown');
await write('settings.schema.json', JSON.stringify(settingsSchema()), 'json');
