import { expect } from 'chai';
import { existsSync } from 'node:fs';
import { join } from 'node:path';

import { packageManifest, projectFiles, root, textOf, type DoorConditions } from './tree.ts';

const { exports } = packageManifest();
const doors = Object.entries(exports).filter(
  (entry): entry is [string, DoorConditions] => typeof entry[1] === 'object',
);

describe('the doors of the package', () => {
  for (const [door, { source, types, default: built }] of doors) {
    it(`exports['${door}'] has a source file`, () => {
      expect(existsSync(join(root, source)), source).to.equal(true);
    });

    it(`exports['${door}'] has types and code built from that source`, () => {
      const stem = source.replace('./src/', './dist/').replace(/\.ts$/, '');
      expect({ types, built }).to.deep.equal({ types: `${stem}.d.ts`, built: `${stem}.js` });
    });

    it(`exports['${door}'] begins with a package documentation comment and holds no code`, () => {
      const text = textOf(source);
      expect(text, 'a leading /** … @packageDocumentation */').to.match(
        /^\/\*\*(?:(?!\*\/)[^])*@packageDocumentation(?:(?!\*\/)[^])*\*\//,
      );
      const code = text.replace(/\/\*[^]*?\*\//g, '').replace(/\/\/.*$/gm, '');
      const statements = code.split(';').map((statement) => statement.trim());
      for (const statement of statements.filter((each) => each !== '')) {
        expect(statement).to.match(/^export [^]*from '[^']+'$/);
      }
    });
  }

  it('package.json can be imported', () => {
    expect(exports['./package.json']).to.equal('./package.json');
  });

  it('every folder of src/core that holds code has a door', () => {
    const folders = new Set(
      projectFiles('src/core')
        .filter((path) => path.split('/').length > 3)
        .map((path) => path.split('/').slice(0, 3).join('/')),
    );
    const closed = [...folders].filter((folder) => !existsSync(join(root, folder, 'index.ts')));
    expect(closed).to.deep.equal([]);
  });
});
