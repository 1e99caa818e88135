import { expect } from 'chai';
import { existsSync } from 'node:fs';
import { basename, join } from 'node:path';

import { linkedPaths, projectFiles, root, textOf } from './tree.ts';

const maxLines = 500;
const maxExampleLines = 60;
const isCode = (path: string): boolean => /\.(ts|js|mjs|cjs|h|cc)$/.test(path);
const lineCount = (path: string): number => textOf(path).split('\n').length - 1;

describe('the files of the repository', () => {
  it(`no source file is longer than ${maxLines} lines`, () => {
    const long = projectFiles('src', 'native')
      .filter(isCode)
      .filter((path) => lineCount(path) > maxLines)
      .map((path) => `${path}: ${lineCount(path)} lines`);
    expect(long).to.deep.equal([]);
  });

  it('no file is named after nothing in particular', () => {
    const vague = /^(utils?|helpers?|commons?|misc|managers?|types|constants)\.\w+$/;
    const named = projectFiles('src', 'native', 'test', 'bench').filter((path) =>
      vague.test(basename(path)),
    );
    expect(named).to.deep.equal([]);
  });

  it('TypeScript files are in kebab-case, C++ files in snake_case', () => {
    const odd = projectFiles('src', 'native', 'test').filter(
      (path) =>
        (path.endsWith('.ts') && !/^[a-z0-9]+([-.][a-z0-9]+)*\.ts$/.test(basename(path))) ||
        (/\.(h|cc)$/.test(path) && !/^[a-z0-9]+(_[a-z0-9]+)*\.(h|cc)$/.test(basename(path))),
    );
    expect(odd).to.deep.equal([]);
  });

  it('there is no binding.gyp at the root, which npm would take for an install script', () => {
    expect(existsSync(join(root, 'binding.gyp'))).to.equal(false);
  });

  it('examples are numbered, short, and import the package by its name', () => {
    const examples = projectFiles('examples').filter((path) =>
      /^examples\/[^/]+\.[jt]s$/.test(path),
    );
    expect(examples, 'examples/NN-name.js').not.to.deep.equal([]);
    for (const path of examples) {
      expect(basename(path), path).to.match(/^\d\d-[a-z0-9-]+\.[jt]s$/);
      expect(lineCount(path), path).to.be.at.most(maxExampleLines);
      expect(textOf(path), path).not.to.match(/from '\.\.\/(src|dist)/);
    }
  });

  it('links between Markdown pages lead somewhere', () => {
    const dead = projectFiles('.')
      .filter((path) => path.endsWith('.md'))
      .flatMap((page) => linkedPaths(page).map((target) => ({ page, target })))
      .filter(({ target }) => !existsSync(join(root, target)));
    expect(dead).to.deep.equal([]);
  });
});
