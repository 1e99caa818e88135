import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { expect } from 'chai';

interface Door {
  readonly default?: string;
}

const root = new URL('../../', import.meta.url);
const { exports } = JSON.parse(readFileSync(new URL('package.json', root), 'utf8')) as {
  exports: Record<string, Door | string>;
};
// The preload is there to change the process.
const doors = Object.entries(exports).flatMap(([name, door]) =>
  typeof door === 'string' || door.default === undefined || name === './green/auto'
    ? []
    : [{ name, url: new URL(door.default, root).href }],
);

describe('a door of the package', () => {
  for (const { name, url } of doors) {
    // node:domain, which node:repl loads, slows every EventEmitter down and forbids the callback.
    it(`${name} leaves uncaught exceptions to the process`, () => {
      const program = `await import(${JSON.stringify(url)});
        process.setUncaughtExceptionCaptureCallback(() => process.stdout.write('caught'));
        setImmediate(() => { throw new Error(); });`;
      const given = execFileSync(process.execPath, ['--input-type=module', '--eval', program], {
        encoding: 'utf8',
      });
      expect(given).to.equal('caught');
    });
  }
});
