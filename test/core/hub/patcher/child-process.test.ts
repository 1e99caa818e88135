import childProcess from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  closeSync,
  openSync,
  readdirSync,
  readFileSync,
  realpathSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { monkeyPatch, restore, sleep, spawn, Timeout } from '../../../../src/core/hub/index.ts';
import { patience } from '../../../support/patience.ts';
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
  // Long enough for the child to have written.
  'spawnSync: time is up': () =>
    spawnSync('sh', ['-c', 'echo a; exec sleep 60'], { timeout: Math.ceil(300 * patience) }),
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
  'spawnSync: stdio inherited by number': () =>
    spawnSync('sh', ['-c', 'echo x'], { stdio: [0, 'pipe', 2] }),
  'spawnSync: a folder and a program in it': (folder) => {
    writeFileSync(join(folder, 'own'), '#!/bin/sh\npwd\n', { mode: 0o755 });
    return spawnSync('./own', { cwd: folder });
  },
  'spawnSync: PATH of the environment that is given': (folder) => {
    for (const name of ['dir', 'empty']) {
      writeFileSync(join(folder, name, 'own'), `#!/bin/sh\necho ${name}\n`, { mode: 0o755 });
    }
    chmodSync(join(folder, 'dir', 'own'), 0o644);
    const PATH = `/nowhere:${join(folder, 'dir')}:${join(folder, 'empty')}:/usr/bin:/bin`;
    return spawnSync('own', { env: { PATH }, encoding: 'utf8' });
  },
  'spawnSync: a relative PATH': (folder) => {
    writeFileSync(join(folder, 'dir', 'own'), '#!/bin/sh\necho found\n', { mode: 0o755 });
    return spawnSync('own', { cwd: folder, env: { PATH: '/nowhere:dir' }, encoding: 'utf8' });
  },
  'spawnSync: the folder itself in PATH': (folder) => {
    writeFileSync(join(folder, 'own'), '#!/bin/sh\necho found\n', { mode: 0o755 });
    return spawnSync('own', { cwd: folder, env: { PATH: '' }, encoding: 'utf8' });
  },
  'spawnSync: no PATH': () => spawnSync('sh', ['-c', 'echo found'], { env: {} }),
  'spawnSync: a script without an interpreter': (folder) => {
    writeFileSync(join(folder, 'own'), 'echo by the shell\n', { mode: 0o755 });
    return spawnSync(join(folder, 'own'), { encoding: 'utf8' });
  },
  'spawnSync: values of the environment that are no text': () =>
    spawnSync('env', {
      env: { A: undefined, B: 1 as unknown as string, C: true as unknown as string, D: 'ü\n' },
      encoding: 'utf8',
    }),
  'spawnSync: inherited names of the environment': () =>
    spawnSync('env', { env: Object.create({ A: 'a' }) as NodeJS.ProcessEnv, encoding: 'utf8' }),
  'spawnSync: coverage, which children take part in': () => {
    const before = process.env['NODE_V8_COVERAGE'];
    process.env['NODE_V8_COVERAGE'] = 'a folder';
    try {
      return [{}, { NODE_V8_COVERAGE: '' }].map((env) =>
        spawnSync('env', { env, encoding: 'utf8' }),
      );
    } finally {
      delete process.env['NODE_V8_COVERAGE'];
      if (before !== undefined) process.env['NODE_V8_COVERAGE'] = before;
    }
  },
  'spawnSync: an empty argument': () =>
    spawnSync('printf', ['<%s>', '', 'x'], { encoding: 'utf8' }),
  'spawnSync: an empty argv0': () => spawnSync('true', { argv0: '' }),
  'spawnSync: arguments for a shell': () =>
    spawnSync('echo', ['a', '$((6 * 7))'], { shell: true, encoding: 'utf8' }),
  'spawnSync: a user that may not be': () => spawnSync('true', { uid: -1 }),
  'spawnSync: the own user': () =>
    spawnSync('id', ['-u'], { uid: process.getuid?.() ?? 0, encoding: 'utf8' }),
  'spawnSync: a session of its own': () =>
    spawnSync('sh', ['-c', '[ "$(cut -d" " -f6 /proc/$$/stat)" = $$ ] && echo own'], {
      detached: true,
      encoding: 'utf8',
    }),
  'spawnSync: detached, which is no boolean': () => spawnSync('true', { detached: 1 }),
  'spawnSync: windowsHide, which is no boolean': () =>
    spawnSync('true', { windowsHide: 'x' as unknown as boolean }),
  'spawnSync: what the child sees of signals': () =>
    spawnSync('grep', ['^Sig[BIC]', '/proc/self/status'], { encoding: 'utf8' }),
  'spawnSync: what the child sees of descriptors': () =>
    spawnSync('sh', ['-c', 'ls /proc/self/fd; stat -L -c %F /proc/self/fd/[0-2]'], {
      stdio: ['ignore', 'pipe', 'pipe', 'pipe', 'ignore'],
      encoding: 'utf8',
    }),
  'spawnSync: what the child sees of modes': () =>
    spawnSync('sh', ['-c', 'umask; sed -n "s/^flags://p" /proc/self/fdinfo/[0-2]']),
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

const door = (): string => new URL('../../../../src/core/hub/index.ts', import.meta.url).href;

describe('child_process, patched', function () {
  this.timeout(30_000);
  this.slow(2000);

  for (const [title, call] of Object.entries(calls)) {
    it(`${title}: the same on a green thread`, () => expectSame(title, call));
  }

  it('gives the error output of a child to the own, unless stdio says otherwise', async () => {
    const program = `import { monkeyPatch, spawn } from ${JSON.stringify(door())};
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

  describe('a child that starts', () => {
    beforeEach(() => {
      monkeyPatch({ childProcess: true });
    });

    afterEach(() => {
      restore();
    });

    /** Calls of what node's own children are started by, on the event loop. */
    const startedOnLoop = async (fn: () => unknown): Promise<number> => {
      const { prototype } = childProcess.ChildProcess as unknown as {
        prototype: { spawn: (...args: unknown[]) => unknown };
      };
      const { spawn: before } = prototype;
      let count = 0;
      prototype.spawn = function (...args) {
        count++;
        return Reflect.apply(before, this, args);
      };
      try {
        await spawn(fn);
      } finally {
        prototype.spawn = before;
      }
      return count;
    };

    it('does so away from the event loop, unless only node can start it', async function () {
      if (process.platform !== 'linux') this.skip();
      const plain = await startedOnLoop(() => {
        execFileSync('true');
        execSync('true | true', { cwd: '/', env: { PATH: process.env['PATH'] } });
        spawnSync('sh', ['-c', 'exit 1'], { argv0: 'x', input: 'x', stdio: ['pipe', 'ignore', 2] });
      });
      expect(plain).to.equal(0);
      const particular = await startedOnLoop(() => {
        spawnSync('true', { uid: process.getuid?.() ?? 0 });
        spawnSync('no-such-program');
      });
      expect(particular).to.equal(2);
    });

    it('has the working directory of the moment of the call', async () => {
      const here = process.cwd();
      const there = realpathSync(tmpdir());
      const folders: string[] = [];
      // They start one after the other: the last of them long after all were asked for.
      const threads = Array.from({ length: 10 }, () =>
        spawn(() => folders.push(execSync('pwd -P', { encoding: 'utf8' }) as string)),
      );
      try {
        await spawn(() => {
          process.chdir(there);
        });
        await Promise.all(threads);
      } finally {
        process.chdir(here);
      }
      expect(new Set(folders)).to.deep.equal(new Set([`${realpathSync(here)}\n`]));
    });

    it('is one of many, and none gets what belongs to another', async () => {
      const sums = await Promise.all(
        Array.from({ length: 60 }, (_, i) =>
          spawn(() => {
            const { stdout, status } = spawnSync('sh', ['-c', `cat; exit ${i}`], {
              input: `input ${i}`,
              encoding: 'utf8',
            }) as { stdout: string; status: number };
            return [stdout, status];
          }),
        ),
      );
      expect(sums).to.deep.equal(Array.from({ length: 60 }, (_, i) => [`input ${i}`, i]));
    });

    it('is killed when its green thread was killed before it ran', async function () {
      if (process.platform !== 'linux') this.skip();
      const mark = `${60 + Math.random()}`;
      const isThere = (): boolean =>
        readdirSync('/proc').some((pid) => {
          try {
            return readFileSync(`/proc/${pid}/cmdline`, 'latin1').includes(mark);
          } catch {
            return false;
          }
        });
      await spawn(() => {
        const victim = spawn(() => execFileSync('sleep', [mark]));
        // It has its turn, and parks.
        sleep(0);
        victim.kill();
        expect(victim.killed).to.be.true;
        // The next child starts after that one.
        execFileSync('true');
        while (isThere()) sleep(0.005);
      });
    });
  });
});
