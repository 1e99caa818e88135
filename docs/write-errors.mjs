// Writes the table of docs/errors.md from src/core/errors.ts: `npm run docs:errors`.
import { readFileSync, writeFileSync } from 'node:fs';
import { format, resolveConfig } from 'prettier';

import { errorTable } from '../src/core/errors.ts';

const page = new URL('errors.md', import.meta.url);
const rows = Object.entries(errorTable).map(
  ([code, { status = '–', text }]) => `| \`${code}\` | ${status} | ${text} |`,
);
const table = ['| code | status | meaning |', '| --- | --- | --- |', ...rows].join('\n');
const text = readFileSync(page, 'utf8').replace(
  /(<!-- errors:begin -->)[^]*(<!-- errors:end -->)/,
  (_, begin, end) => `${begin}\n\n${table}\n\n${end}`,
);
writeFileSync(
  page,
  await format(text, { ...(await resolveConfig(page)), filepath: 'errors.md', parser: 'markdown' }),
);
