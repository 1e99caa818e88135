import { spawnSync } from 'node:child_process';

import { expect } from 'chai';

import { root } from './tree.ts';

describe('docs/compatibility.md', () => {
  it('is what npm run docs:compatibility writes', () => {
    const { status, stderr } = spawnSync(
      process.execPath,
      ['--import', 'tsx/esm', 'docs/write-compatibility.mjs', '--check'],
      { cwd: root, encoding: 'utf8' },
    );
    expect(stderr).to.equal('');
    expect(status).to.equal(0);
  });
});
