import { expect } from 'chai';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { parseCommandLine } from '../../src/worker/settings/command-line.ts';
import { helpText } from '../../src/worker/settings/help-text.ts';
import { loadSettings, type LoadedSettings } from '../../src/worker/settings/load-settings.ts';
import { printSettings } from '../../src/worker/settings/print-settings.ts';
import { flagOf } from '../../src/worker/settings/setting.ts';
import { settingRows } from '../../src/worker/settings/settings.ts';
import { splitWords } from '../../src/worker/settings/split-words.ts';
import { rejected } from '../core/caught.ts';

let folder = '';

async function load(
  args: string[],
  env: Record<string, string> = {},
  revision = 0,
): Promise<LoadedSettings> {
  return await loadSettings(parseCommandLine(args), revision, env, folder);
}

async function config(source: string, name = 'gudeg.config.mjs'): Promise<void> {
  await writeFile(join(folder, name), source);
}

describe('settings', () => {
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'gudeg-settings-'));
  });

  afterEach(() => rm(folder, { recursive: true }));

  it('have gunicorn’s defaults', async () => {
    const { settings, target, configFile } = await load(['app.js']);
    expect({ target, configFile }).to.deep.equal({ target: 'app.js', configFile: null });
    expect(settings).to.deep.include({
      bind: ['127.0.0.1:8000'],
      workers: 1,
      timeout: 30,
      gracefulTimeout: 30,
      maxRequests: 0,
      accesslog: null,
      loglevel: 'info',
      serverOptions: {},
    });
  });

  it('come from the environment, a file, GUDEG_CMD_ARGS and the command line; the later one wins', async () => {
    const env = { WEB_CONCURRENCY: '2', PORT: '9000' };
    expect((await load(['a'], env)).settings).to.deep.include({
      workers: 2,
      bind: ['0.0.0.0:9000'],
    });
    await config('export default { workers: 3, timeout: 3, bind: ["[::1]:1"], loglevel: "error" }');
    const more = { ...env, GUDEG_CMD_ARGS: '--workers 4 -t "4"' };
    expect((await load(['a', '-w', '5'], more)).settings).to.deep.include({
      workers: 5,
      timeout: 4,
      bind: ['[::1]:1'],
      loglevel: 'error',
    });
  });

  it('may be what a function gives, and name the app', async () => {
    await config('export default async () => ({ app: "other.js:create(1)", workers: 7 })');
    const { target, settings } = await load([]);
    expect([target, settings.workers]).to.deep.equal(['other.js:create(1)', 7]);
  });

  it('are read anew with each revision', async () => {
    await config('export default { workers: 3 }');
    expect((await load(['a'])).settings.workers).to.equal(3);
    await config('export default { workers: 4 }');
    expect((await load(['a'], {}, 1)).settings.workers).to.equal(4);
  });

  it('may have gunicorn’s names and flags', async () => {
    await config('export default { max_requests: 10, wsgi_app: "x.js", graceful_timeout: 2 }');
    const { settings, target } = await load(['--access-logfile', '-', '--log-level', 'debug']);
    expect(target).to.equal('x.js');
    expect(settings).to.include({
      maxRequests: 10,
      gracefulTimeout: 2,
      accesslog: '-',
      loglevel: 'debug',
    });
  });

  it('reach the server under its own names and gunicorn’s', async () => {
    const args = ['--keep-alive', '5', '--limit-request-line', '4094', '--no-date-header'];
    const { settings } = await load([...args, '--max-requests-per-connection', '9', 'a']);
    expect(settings.serverOptions).to.deep.equal({
      keepAliveTimeoutMs: 5000,
      maxStartLineBytes: 4094,
      dateHeader: false,
      maxRequests: 9,
    });
    expect((await load(['--grace-ms', '1500', 'a'])).settings.gracefulTimeout).to.equal(1.5);
  });

  for (const [what, source, message] of [
    ['an unknown name', '{ worker: 2 }', /there is no setting worker; did you mean workers\?$/],
    [
      'a wrong type',
      '{ workers: "2" }',
      /the setting workers must be a number in 1\.\.1024; got '2'$/,
    ],
    [
      'a fraction',
      '{ workers: 1.5 }',
      /the setting workers must be an integer in 1\.\.1024; got 1\.5$/,
    ],
    ['a number out of range', '{ timeout: -1 }', /timeout must be a number from 0; got -1$/],
    ['a wrong choice', '{ loglevel: "loud" }', /one of debug, info, warning, error, critical; got/],
    [
      'a hook that is no function',
      '{ onExit: 1 }',
      /the setting onExit must be a function; got 1$/,
    ],
    ['a flag', '{ daemon: true }', /the setting daemon belongs on the command line/],
    ['no object', '5', /must have a default export: an object of settings/],
    ['code that throws', '(() => { throw new Error("oops") })()', /cannot be loaded: Error: oops$/],
  ] as [string, string, RegExp][]) {
    it(`refuses a file with ${what}`, async () => {
      await config(`export default ${source}`);
      const error = await rejected('GUDEG_ERR_CONFIG', load(['a']));
      expect(error.message).to.match(message).and.to.contain('gudeg.config.mjs');
    });
  }

  it('refuse a file that is not there, bad addresses and bad options of the server', async () => {
    await rejected('GUDEG_ERR_CONFIG', load(['-c', 'none.js', 'a']));
    await rejected('GUDEG_ERR_INVALID_ADDRESS', load(['-b', 'nowhere', 'a']));
    await rejected('GUDEG_ERR_INVALID_OPTION', load(['--backlog', '0', 'a']));
    await rejected('GUDEG_ERR_INVALID_OPTION', load(['a'], { WEB_CONCURRENCY: 'many' }));
  });

  it('print as one sorted line each', async () => {
    const lines = printSettings(await load(['-w', '3', 'a.js'])).split('\n');
    expect(lines).to.include.members([
      'workers = 3',
      "app = 'a.js'",
      "bind = [ '127.0.0.1:8000' ]",
    ]);
    expect(lines.slice(0, -1)).to.deep.equal([...lines.slice(0, -1)].sort());
  });

  it('all stand in the help text', () => {
    for (const [name, { type }] of Object.entries(settingRows)) {
      if (type !== 'hook') expect(helpText()).to.contain(flagOf(name));
    }
  });
});

describe('splitWords()', () => {
  it('gives the words that a shell would', () => {
    const text = `-w 2  --env 'A=b c' -b "unix:/x y" a\\ b "q\\"q" ''`;
    expect(splitWords(text)).to.deep.equal([
      '-w',
      '2',
      '--env',
      'A=b c',
      '-b',
      'unix:/x y',
      'a b',
      'q"q',
      '',
    ]);
  });
});
