import { expect } from 'chai';
import { mkdirSync } from 'node:fs';

import { GudegCommand } from '../support/gudeg-command.ts';
import { getOnce } from '../support/keep-alive-client.ts';
import { WorkerFolder } from '../support/worker-folder.ts';

const app = (text: string): string => `
  import { word } from './lib/word.mjs';
  export default () => [200, 'OK', {}, '${text} ' + word];`;
const word = (text: string): string => `export const word = '${text}';`;

/** A project whose app has a module of its own. */
function project(text: string): WorkerFolder {
  const folder = new WorkerFolder({ 'package.json': '{}', 'app.mjs': app(text), 'extra.txt': '' });
  mkdirSync(folder.join('lib'));
  mkdirSync(folder.join('node_modules'));
  folder.write('lib/word.mjs', word('first'));
  return folder;
}

describe('--reload', function () {
  this.timeout(60_000);

  const args = ['-b', '127.0.0.1:0', '--reload', '--reload-extra-file', 'extra.txt', 'app.mjs'];

  it('replaces the workers when a file of the app changes, whatever editor wrote it', async () => {
    using folder = project('hello');
    await using command = new GudegCommand(args, { cwd: folder.path });
    const target = { port: await command.port() };
    expect(await getOnce(target)).to.equal('hello first');
    folder.write('lib/word.mjs', word('second'));
    await command.logged(/changed: lib\/word\.mjs\n[^]*\] reloaded\n/);
    expect(await getOnce(target)).to.equal('hello second');
    command.forget();
    folder.write('lib/new.mjs', word('third'));
    await command.logged(/changed: lib\/new\.mjs\n[^]*\] reloaded\n/);
    command.forget();
    folder.write('extra.txt', 'anything');
    await command.logged(/changed: extra\.txt\n[^]*\] reloaded\n/);
  });

  it('keeps the workers when the new code cannot boot, and says why', async () => {
    using folder = project('hello');
    await using command = new GudegCommand(args, { cwd: folder.path });
    const target = { port: await command.port() };
    folder.write('app.mjs', 'this is no code');
    await command.logged(/app\.mjs cannot be imported: Unexpected identifier/);
    await command.logged(/not reloaded: the new workers cannot boot; everything goes on as before/);
    expect(await getOnce(target)).to.equal('hello first');
    command.forget();
    folder.write('app.mjs', app('mended'));
    await command.logged(/\] reloaded\n/);
    expect(await getOnce(target)).to.equal('mended first');
  });

  it('waits for a change when the app cannot be loaded at the start', async () => {
    using folder = project('hello');
    folder.write('app.mjs', 'this is no code');
    await using command = new GudegCommand(['-w', '2', ...args], { cwd: folder.path });
    await command.logged(/app\.mjs cannot be imported[^]*waiting for the app to change/);
    folder.write('app.mjs', app('mended'));
    expect(await getOnce({ port: await command.port() })).to.equal('mended first');
    folder.write('app.mjs', app('again'));
    await command.logged(/\] reloaded\n/);
    expect(await getOnce({ port: await command.port() })).to.equal('again first');
  });

  it('serves the mended app, though a worker with the broken one fails later than that', async () => {
    const until = `
      import { existsSync, writeFileSync } from 'node:fs';
      import { setTimeout } from 'node:timers/promises';
      const until = async (name) => {
        while (!existsSync(name)) await setTimeout(10);
      };`;
    using folder = project('hello');
    folder.write(
      'app.mjs',
      `${until}
      let isFirst = true;
      try {
        writeFileSync('first', '', { flag: 'wx' });
      } catch {
        isFirst = false;
      }
      if (!isFirst) writeFileSync('second', '');
      await until(isFirst ? 'second' : 'fail');
      throw new Error(isFirst ? 'the first fails' : 'the second fails');`,
    );
    await using command = new GudegCommand(['-w', '2', ...args], { cwd: folder.path });
    await command.logged(/the first fails[^]*waiting for the app to change/);
    folder.write('app.mjs', `${until} await until('serve'); ${app('mended')}`);
    await command.logged(/changed: app\.mjs\n/);
    folder.write('fail', '');
    await command.logged(/the second fails|worker \(pid:\d+\) has ended/);
    folder.write('serve', '');
    expect(await getOnce({ port: await command.port() })).to.equal('mended first');
    expect(command.stderr.match(/waiting for the app to change/g)).to.have.lengthOf(1);
  });

  it('can be stopped while it waits', async () => {
    using folder = project('hello');
    folder.write('app.mjs', 'this is no code');
    await using command = new GudegCommand(args, { cwd: folder.path });
    await command.logged(/waiting for the app to change/);
    command.kill('SIGTERM');
    expect((await command.end).code).to.equal(0);
  });

  it('passes over files that are no part of the app', async () => {
    using folder = project('hello');
    await using command = new GudegCommand(args, { cwd: folder.path });
    await command.port();
    folder.write('app.log', 'a line');
    folder.write('.hidden.mjs', '');
    folder.write('node_modules/x.mjs', '');
    // Events come in their order: this one is the last.
    folder.write('lib/word.mjs', word('second'));
    await command.logged(/\] reloaded\n/);
    expect(command.stderr.match(/changed: .*/g)).to.deep.equal(['changed: lib/word.mjs']);
  });
});
