import childProcess from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { monkeyPatch, restore, sleep, spawn, Timeout } from '../../../../src/core/hub/index.ts';
import { expectSame } from './differential.ts';

const { execFileSync, execSync, spawnSync } = {
  execFileSync: (...args: Parameters<typeof childProcess.execFileSync>) =>
    childProcess.execFileSync(...args),
  execSync: (...args: Parameters<typeof childProcess.execSync>) => childProcess.execSync(...args),
  spawnSync: (...args: unknown[]) =>
    (childProcess.spawnSync as (...all: unknown[]) => unknown)(...args),
};
/** Without it the error output of a child would be among that of the tests. */
const quiet = { stdio: 'pipe' } as const;
const none = undefined as unknown as string;

const calls: Record<string, (folder: string) => unknown> = {
  'spawnSync: output as bytes': () => spawnSync('sh', ['-c', 'echo out; echo err >&2']),
  'spawnSync: output as text': () => spawnSync('echo', ['ü'], { encoding: 'utf8' }),
  'spawnSync: output in base64': () => spawnSync('echo', ['x'], { encoding: 'base64' }),
  'spawnSync: without arguments': () => spawnSync('true'),
  'spawnSync: options in place of arguments': () =>
    spawnSync('pwd', { cwd: '/', encoding: 'utf8' }),
  'spawnSync: an exit code': () => spawnSync('sh', ['-c', 'exit 7']),
  'spawnSync: a signal': () => spawnSync('sh', ['-c', 'kill -KILL $$']),
  'spawnSync: input as text': () => spawnSync('cat', { input: 'tëxt', encoding: 'utf8' }),
  'spawnSync: input as bytes': () => spawnSync('cat', { input: new Uint8Array([1, 2, 255]) }),
  'spawnSync: much input and output': () =>
    spawnSync('cat', { input: Buffer.alloc(900_000, 'abc') }),
  'spawnSync: input that nobody reads': () => spawnSync('true', { input: Buffer.alloc(500_000) }),
  'spawnSync: no such program': () => spawnSync('no-such-program', ['a', 'b']),
  'spawnSync: no such folder': () => spawnSync('true', [], { cwd: '/no/such/folder' }),
  'spawnSync: not a program': (folder) => spawnSync(join(folder, 'file')),
  'spawnSync: a shell': () => spawnSync('echo $((6 * 7))', { shell: true, encoding: 'utf8' }),
  'spawnSync: no such shell': () => spawnSync('true', { shell: '/no/such/shell' }),
  'spawnSync: an environment': () =>
    spawnSync('sh', ['-c', 'echo $GREEN'], { env: { GREEN: 'yes', PATH: process.env['PATH'] } }),
  'spawnSync: argv0': () => spawnSync('sh', ['-c', 'echo $0'], { argv0: 'other' }),
  'spawnSync: time is up': () => spawnSync('sh', ['-c', 'echo a; exec sleep 5'], { timeout: 300 }),
  'spawnSync: time is up, another signal': () =>
    spawnSync('sleep', ['5'], { timeout: 50, killSignal: 'SIGKILL' }),
  'spawnSync: too much output': () =>
    spawnSync('sh', ['-c', 'echo 12345; exec sleep 5'], { maxBuffer: 4 }),
  'spawnSync: no limit on output': () =>
    spawnSync('head', ['-c', '2000000', '/dev/zero'], { maxBuffer: Infinity }),
  'spawnSync: the default limit': () => {
    const { error, status } = spawnSync('head', ['-c', '3000000', '/dev/zero']) as {
      error: { code: string };
      status: number | null;
    };
    return [error.code, status === 0];
  },
  'spawnSync: stdio ignored': () => spawnSync('echo', ['x'], { stdio: 'ignore' }),
  'spawnSync: stdio mixed': () =>
    spawnSync('sh', ['-c', 'echo o; echo e >&2; echo x >&3'], {
      stdio: ['ignore', 'pipe', 'ignore', 'pipe'],
    }),
  'spawnSync: stdio to a file': (folder) => {
    const descriptor = openSync(join(folder, 'written'), 'w');
    try {
      return spawnSync('echo', ['x'], { stdio: ['ignore', descriptor, 'pipe'] });
    } finally {
      closeSync(descriptor);
    }
  },
  'spawnSync: a signal that does not exist': () =>
    spawnSync('true', { killSignal: 'SIGNOPE' as never }),
  'spawnSync: a timeout that is none': () => spawnSync('true', { timeout: -1 }),
  'spawnSync: a limit that is none': () => spawnSync('true', { maxBuffer: -1 }),
  'spawnSync: input that is none': () => spawnSync('true', { input: 5 as unknown as string }),
  'spawnSync: an IPC channel': () => spawnSync('true', { stdio: ['pipe', 'pipe', 'pipe', 'ipc'] }),
  'spawnSync: a file that is none': () => spawnSync(5),
  'spawnSync: an empty file': () => spawnSync(''),
  'spawnSync: arguments that are none': () => spawnSync('true', 'x'),
  'spawnSync: options that are none': () => spawnSync('true', [], 'x'),
  'spawnSync: a NUL in an argument': () => spawnSync('echo', ['a\0b']),
  'execFileSync: output': () => execFileSync('echo', ['x'], quiet),
  'execFileSync: output as text': () => execFileSync('echo', ['x'], { ...quiet, encoding: 'utf8' }),
  'execFileSync: without arguments': () => execFileSync('true'),
  'execFileSync: options in place of arguments': () =>
    (execFileSync as (...all: unknown[]) => unknown)('pwd', { cwd: '/' }),
  'execFileSync: an exit code': () =>
    execFileSync('sh', ['-c', 'echo o; echo e >&2; exit 3'], quiet),
  'execFileSync: an exit code, text': () =>
    execFileSync('sh', ['-c', 'echo o; echo e >&2; exit 3'], { ...quiet, encoding: 'utf8' }),
  'execFileSync: a signal': () => execFileSync('sh', ['-c', 'kill -TERM $$'], quiet),
  'execFileSync: no such program': () => execFileSync('no-such-program', ['a'], quiet),
  'execFileSync: time is up': () => execFileSync('sleep', ['5'], { ...quiet, timeout: 50 }),
  'execFileSync: too much output': () =>
    execFileSync('sh', ['-c', 'echo 12345; exec sleep 5'], { ...quiet, maxBuffer: 4 }),
  'execFileSync: argv0 in the message': () =>
    execFileSync('sh', ['-c', 'exit 1'], { ...quiet, argv0: 'other' } as never),
  'execFileSync: stdout ignored': () => execFileSync('echo', ['x'], { stdio: 'ignore' }),
  'execFileSync: a file that is none': () => execFileSync(none),
  'execFileSync: a cwd that is none': () => execFileSync('true', [], { cwd: 5 as never }),
  'execSync: output': () => execSync('echo x'),
  'execSync: a pipeline': () => execSync('printf "b\\na\\n" | sort', { encoding: 'utf8' }),
  'execSync: an exit code': () => execSync('echo o; echo e >&2; exit 3', quiet),
  'execSync: no such command': () => {
    try {
      return execSync('no-such-command-at-all', quiet);
    } catch (error) {
      return (error as { status: number }).status;
    }
  },
  'execSync: another shell': () => execSync('echo $0', { shell: '/bin/sh', encoding: 'utf8' }),
  'execSync: time is up': () => execSync('exec sleep 5', { ...quiet, timeout: 50 }),
  'execSync: input': () => execSync('cat', { input: 'in', encoding: 'utf8' }),
  'execSync: a command that is none': () => execSync(5 as unknown as string),
  'execSync: an empty command': () => execSync(''),
};

describe('child_process, patched', function () {
  this.timeout(30_000);
  this.slow(2000);

  for (const [title, call] of Object.entries(calls)) {
    it(`${title}: the same on a green thread`, () => expectSame(title, call));
  }

  it('gives the error output of a child to the own, unless stdio says otherwise', async () => {
    const door = new URL('../../../../src/core/hub/index.ts', import.meta.url).href;
    const program = `import { monkeyPatch, spawn } from ${JSON.stringify(door)};
      import { execFileSync } from 'node:child_process'; monkeyPatch();
      await spawn(() => execFileSync('sh', ['-c', 'echo told >&2']));`;
    const child = childProcess.spawn(
      process.execPath,
      ['--import', import.meta.resolve('tsx/esm'), '--input-type=module', '--eval', program],
      { stdio: ['ignore', 'ignore', 'pipe'] },
    );
    let stderr = '';
    child.stderr.on('data', (data: Buffer) => (stderr += data.toString()));
    await once(child, 'close');
    expect(stderr).to.equal('told\n');
  });

  it('a child of a green thread that is killed or timed out is killed', async () => {
    monkeyPatch({ childProcess: true });
    try {
      let pid = '';
      await spawn(() => {
        const folder = execSync('mktemp -d', { encoding: 'utf8' }) as string;
        const file = join(folder.trim(), 'pid');
        const error: unknown = new Timeout(0.5, false).run(() =>
          execFileSync('sh', ['-c', `echo $$ > ${file}; exec sleep 60`], quiet),
        );
        expect(error).to.be.undefined;
        pid = readFileSync(file, 'utf8').trim();
        // Gone, or a zombie until the event loop has heard of it.
        for (let i = 0; i < 200; i++) {
          try {
            process.kill(Number(pid), 0);
          } catch {
            return;
          }
          sleep(0.01);
        }
        throw new Error(`process ${pid} is still there`);
      });
      expect(pid).to.match(/^\d+$/);
    } finally {
      restore();
    }
  });
});
