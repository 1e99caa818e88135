import { expect } from 'chai';
import { format, resolveConfig } from 'prettier';
import { join } from 'node:path';

import { settingsTables } from '../../src/worker/settings/settings-page.ts';
import { settingsSchema } from '../../src/worker/settings/settings-schema.ts';
import { root, textOf } from './tree.ts';

describe('docs/settings.md', () => {
  it('has every setting, in the words of the table', async () => {
    const options = { ...(await resolveConfig(join(root, 'docs/settings.md'))) };
    const tables = await format(settingsTables(), { ...options, parser: 'markdown' });
    const [, found = ''] =
      /<!-- settings:begin -->\n\n([^]*?)\n*<!-- settings:end -->/.exec(
        textOf('docs/settings.md'),
      ) ?? [];
    expect(found, 'npm run docs:settings writes the page').to.equal(tables.trimEnd());
  });

  it('has a JSON schema', () => {
    const schema: unknown = JSON.parse(textOf('docs/settings.schema.json'));
    expect(schema, 'npm run docs:settings writes the file').to.deep.equal(
      JSON.parse(JSON.stringify(settingsSchema())),
    );
  });
});
