import { expect } from 'chai';
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

import { GudegCommand } from '../support/gudeg-command.ts';
import type { ProgramEnd } from '../support/node-program.ts';
import { RawClient } from '../support/raw-client.ts';
import { socketPath } from '../support/socket-path.ts';

const run = promisify(execFile);
const get = 'GET / HTTP/1.1\r\nhost: a\r\n\r\n';

const apps = {
  'app.mjs': `
    export default (_session, { method, uri }) => [200, 'OK', {}, method + ' ' + uri];
    export const other = () => [200, 'OK', {}, 'other'];
    export const slow = async () => {
      console.log('called');
      await new Promise((resolve) => setTimeout(resolve, 300));
      return [200, 'OK', {}, 'slow'];
    };
    export const never = () => {
      console.log('called');
      return new Promise(() => undefined);
    };
    export const spin = () => {
      process.stdout.write('called\\n', () => {
        for (;;);
      });
      return new Promise(() => undefined);
    };
    export const number = 5;
  `,
  'broken.mjs': `throw new Error('broken on purpose');`,
  'empty.mjs': `export {};`,
  'unfinished.mjs': `const a = 1;\nexport default () => {`,
  'importer.mjs': `import './unfinished.mjs';\nexport default () => [200, 'OK', {}, ''];`,
  'unnamed.mjs': `\n\nimport { nothing } from './empty.mjs';\nexport default nothing;`,
  'config.mjs': `export default {\n  workers: 2;\n};`,
};

let folder = '';

function gudeg(...args: string[]): GudegCommand {
  return new GudegCommand(args, { cwd: folder });
}

async function ended(...args: string[]): Promise<ProgramEnd> {
  await using program = gudeg(...args);
  return await program.end;
}

/** A running command and the port that it listens on. */
async function serving(...args: string[]): Promise<[GudegCommand, number]> {
  const program = gudeg('-b', '127.0.0.1:0', ...args);
  return [program, await program.port()];
}

async function curl(...args: string[]): Promise<string> {
  // What a sanitizer preloads into Node is not for curl.
  const { LD_PRELOAD: _preloaded, ...env } = process.env;
  const options = ['--silent', '--show-error', '--max-time', '5'];
  const { stdout } = await run('curl', [...options, ...args], { env });
  return stdout;
}

describe('the command gudeg', function () {
  this.timeout(20_000);

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'gudeg-cli-'));
    for (const [name, source] of Object.entries(apps)) await writeFile(join(folder, name), source);
  });

  after(() => rm(folder, { recursive: true }));

  it('serves an app where it is told to, says where, and stops at SIGTERM', async () => {
    const path = socketPath();
    const name = `gudeg-test-cli-${process.pid}`;
    const binds = [
      '-b',
      '127.0.0.1:0',
      '-b',
      '[::1]:0',
      '-b',
      `unix:${path}`,
      '-b',
      `unix:@${name}`,
    ];
    await using program = gudeg(...binds, 'app.mjs');
    const pid = program.child.pid ?? 0;
    const [, port] = await program.logged(
      /\[INFO\] app\.mjs on http:\/\/127\.0\.0\.1:(\d+)\/ \(pid \d+\)\n/,
    );
    const [, port6] = await program.logged(/on http:\/\/\[::1\]:(\d+)\/ /);
    await program.logged(new RegExp(`on unix:${path} \\(pid ${pid}\\)\\n`));
    await program.logged(new RegExp(`on unix:@${name} \\(pid ${pid}\\)\\n`));
    expect(await curl(`http://127.0.0.1:${port ?? ''}/a?b`)).to.equal('GET /a?b');
    expect(await curl('--data', 'x', `http://[::1]:${port6 ?? ''}/`)).to.equal('POST /');
    expect(await curl('--unix-socket', path, 'http://a/c')).to.equal('GET /c');
    expect(await curl('--abstract-unix-socket', name, 'http://a/d')).to.equal('GET /d');
    program.child.kill('SIGTERM');
    const { code, stdout, stderr } = await program.end;
    expect([code, stdout]).to.deep.equal([0, '']);
    expect(stderr).to.match(/\[INFO\] stopped\n$/);
    expect(existsSync(path)).to.equal(false);
  });

  it('serves a named export, with options of the server', async () => {
    const [program, port] = await serving(
      '--no-date-header',
      '--max-requests-per-connection',
      '1',
      'app.mjs:other',
    );
    await using _program = program;
    await using client = await RawClient.to(['127.0.0.1', port]);
    const response = await client.request(get);
    expect(response.body).to.equal('other');
    expect(response.lines).to.deep.equal(['content-length: 5', 'connection: close']);
  });

  it('lets running requests end at SIGTERM, and idle connections go', async () => {
    const [program, port] = await serving('app.mjs:slow');
    await using _program = program;
    await using idle = await RawClient.to(['127.0.0.1', port]);
    await using client = await RawClient.to(['127.0.0.1', port]);
    client.send(get);
    await program.printed(/called/);
    program.child.kill('SIGTERM');
    expect(await idle.rest()).to.equal('');
    const response = await client.response();
    expect([response.body, response.field('connection')]).to.deep.equal(['slow', 'close']);
    client.finish();
    idle.finish();
    expect(await program.end).to.include({ code: 0, stdout: 'called\n' });
  });

  it('cuts a request that takes longer than --grace-ms', async () => {
    const [program, port] = await serving('--grace-ms', '50', 'app.mjs:never');
    await using _program = program;
    await using client = await RawClient.to(['127.0.0.1', port]);
    client.send(get);
    await program.printed(/called/);
    program.child.kill('SIGTERM');
    expect(await client.rest()).to.equal('');
    expect(await program.end).to.include({ code: 0 });
  });

  for (const [signal, code] of [
    ['SIGINT', 130],
    ['SIGQUIT', 131],
  ] as const) {
    it(`stops at once at ${signal}, whatever runs`, async () => {
      const [program, port] = await serving('app.mjs:never');
      await using _program = program;
      await using client = await RawClient.to(['127.0.0.1', port]);
      client.send(get);
      await program.printed(/called/);
      program.kill(signal);
      expect(await client.rest()).to.equal('');
      expect((await program.end).code).to.equal(0);
    });

    it(`kills workers that don't hear it at the second ${signal}`, async () => {
      const [program, port] = await serving('app.mjs:spin');
      await using _program = program;
      await using client = await RawClient.to(['127.0.0.1', port]);
      client.send(get);
      await program.printed(/called/);
      program.kill(signal);
      await program.logged(/stopping at once/);
      program.kill(signal);
      expect((await program.end).code).to.equal(code);
    });
  }

  it('goes from the slow end to the quick one when SIGINT follows SIGTERM', async () => {
    const [program, port] = await serving('app.mjs:never');
    await using _program = program;
    await using client = await RawClient.to(['127.0.0.1', port]);
    client.send(get);
    await program.printed(/called/);
    program.kill('SIGTERM');
    await program.logged(/when the running requests are answered/);
    program.kill('SIGINT');
    expect((await program.end).code).to.equal(0);
  });

  for (const [what, args, code, message] of [
    [
      'a file that is not there',
      ['none.mjs'],
      4,
      /\[ERROR\] none\.mjs does not exist in .*gudeg-cli-\w+\n/,
    ],
    [
      'a package that is not there',
      ['no-such-package'],
      4,
      /\[ERROR\] no-such-package cannot be imported: /,
    ],
    [
      'a module that throws',
      ['broken.mjs'],
      4,
      /\[ERROR\] broken\.mjs cannot be imported: broken on purpose\nError: broken on purpose\n +at file:/,
    ],
    [
      'a module that is no JavaScript',
      ['unfinished.mjs'],
      4,
      /cannot be imported: Unexpected end of input\nfile:\S*\/unfinished\.mjs:2\n[^]*SyntaxError: Unexpected end of input\n/,
    ],
    [
      'a module that imports one that is no JavaScript',
      ['importer.mjs'],
      4,
      /\[ERROR\] importer\.mjs cannot be imported: [^]*\nfile:\S*\/unfinished\.mjs:2\n/,
    ],
    [
      'a module that imports what is not exported',
      ['unnamed.mjs'],
      4,
      /\[ERROR\] unnamed\.mjs cannot be imported: [^]*\nfile:\S*\/unnamed\.mjs:3\nimport \{ nothing \}/,
    ],
    [
      'a configuration file that is no JavaScript',
      ['-c', 'config.mjs', 'app.mjs'],
      1,
      /^gudeg: \S*config\.mjs cannot be loaded: SyntaxError: [^]*\nfile:\S*\/config\.mjs:2\n {2}workers: 2;\n/,
    ],
    [
      'a file in the place of its socket',
      ['-b', 'unix:app.mjs', 'app.mjs'],
      1,
      /^gudeg: cannot listen on unix:app\.mjs: that file is no socket; remove it, or bind to another path/,
    ],
    [
      'an export that is not there',
      ['app.mjs:none'],
      4,
      /\[ERROR\] app\.mjs has no export none; it exports default, never, number, other, slow, spin\n/,
    ],
    [
      'a module without exports',
      ['empty.mjs'],
      4,
      /\[ERROR\] empty\.mjs has no export default; it exports nothing\n/,
    ],
    [
      'an export that is no function',
      ['app.mjs:number'],
      4,
      /\[ERROR\] the export number of app\.mjs must be a function .*; got 5\n.*\[CRITICAL\] stopping, because the app cannot be loaded\n.*\[INFO\] stopped\n$/,
    ],
    ['no module', [], 2, /^gudeg: give one MODULE\[:EXPORT\]; got 0 \(see gudeg --help\)\n$/],
    ['two modules', ['a', 'b'], 2, /^gudeg: give one MODULE\[:EXPORT\]; got 2/],
    ['an unknown option', ['--foo', 'app.mjs'], 2, /^gudeg: Unknown option '--foo'/],
    [
      'an unknown option with a known name in mind',
      ['--wrokers', '2', 'app.mjs'],
      2,
      /^gudeg: Unknown option '--wrokers'; did you mean --workers\? \(see gudeg --help\)\n$/,
    ],
    [
      'an unknown option that resembles none',
      ['--frobnicate', 'app.mjs'],
      2,
      /^gudeg: Unknown option '--frobnicate' \(see gudeg --help\)\n$/,
    ],
    [
      'an unknown letter',
      ['-y', 'app.mjs'],
      2,
      /^gudeg: Unknown option '-y' \(see gudeg --help\)\n$/,
    ],
    [
      'an option without its value',
      ['app.mjs', '--workers'],
      2,
      /^gudeg: --workers needs a value \(see gudeg --help\)\n$/,
    ],
    [
      'an option where a value should be',
      ['-w', '--reload', 'app.mjs'],
      2,
      /^gudeg: -w needs a value, but --reload follows; if that is the value, write --workers=--reload \(see gudeg --help\)\n$/,
    ],
    [
      'a value where none should be',
      ['--reload=yes', 'app.mjs'],
      2,
      /^gudeg: --reload takes no value; got yes \(see gudeg --help\)\n$/,
    ],
    [
      'an option that wants a number',
      ['--max-requests', 'x', 'app.mjs'],
      2,
      /^gudeg: --max-requests must be a number from 0; got x/,
    ],
    [
      'an address that is none',
      ['-b', 'localhost', 'app.mjs'],
      2,
      /^gudeg: cannot bind to localhost: the forms are HOST:PORT/,
    ],
    ['a port that is none', ['-b', ':65536', 'app.mjs'], 2, /^gudeg: cannot bind to :65536: /],
  ] as [string, string[], number, RegExp][]) {
    it(`refuses ${what} with ${code}`, async () => {
      const end = await ended('-b', '127.0.0.1:0', ...args);
      expect(end.stderr).to.match(message);
      expect(end).to.include({ code, stdout: '' });
    });
  }

  it('refuses an address in use with 1', async () => {
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    const { port } = other.address() as { port: number };
    const end = await ended('-b', `127.0.0.1:${port}`, 'app.mjs');
    other.close();
    expect(end).to.include({ code: 1, stdout: '' });
    expect(end.stderr).to.equal(
      `gudeg: cannot listen on 127.0.0.1:${port}: another process listens there; stop it, or bind to another address (EADDRINUSE)\n`,
    );
  });

  it('says what it can do with --help, and which it is with --version', async () => {
    const help = await ended('--help');
    expect(help).to.include({ code: 0, stderr: '' });
    expect(help.stdout).to.match(/^Usage: gudeg \[OPTION\]/);
    for (const flag of [
      '--max-connections NUMBER',
      '-w, --workers N',
      '--[no-]date-header',
      '--profile STRING',
    ]) {
      expect(help.stdout).to.contain(flag);
    }
    const version = await ended('--version');
    expect(version).to.include({ code: 0, stderr: '' });
    expect(version.stdout).to.match(/^gudeg \d+\.\d+\.\d+\n$/);
  });
});
