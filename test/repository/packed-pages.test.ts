import { expect } from 'chai';
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

import { linkedPaths, root } from './tree.ts';

/** Paths of the files that `npm pack` would put into the package. */
async function packedFiles(): Promise<string[]> {
  const args = ['pack', '--dry-run', '--json', '--ignore-scripts'];
  const { stdout } = await promisify(execFile)('npm', args, { cwd: root });
  const [report] = JSON.parse(stdout) as [{ files: readonly { path: string }[] }];
  return report.files.map(({ path }) => path);
}

describe('the pages in the package', function () {
  this.timeout(60_000);

  it('link only to files and folders that are in the package too', async () => {
    const packed = await packedFiles();
    const pages = packed.filter((path) => path.endsWith('.md'));
    expect(pages).to.include.members(['README.md', 'docs/rgi.md']);
    const dead = pages
      .flatMap((page) => linkedPaths(page).map((target) => ({ page, target })))
      .filter(
        ({ target }) => !packed.some((path) => path === target || path.startsWith(`${target}/`)),
      );
    expect(dead).to.deep.equal([]);
  });
});
