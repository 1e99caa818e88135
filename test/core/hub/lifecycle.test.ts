import { spawn as spawnProcess } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { InspectorClient } from '../../support/inspector-client.ts';

const door = new URL('../../../dist/core/hub/index.js', import.meta.url).href;

interface Outcome {
  code: number | null;
  signal: NodeJS.Signals | null;
  stdout: string;
  stderr: string;
}

/** Runs a program that has everything of the built hub at hand, in a process of its own. */
function run(
  program: string,
  { flags = [], env = {} }: { flags?: string[]; env?: object } = {},
): Promise<Outcome> {
  const source = `import * as hub from ${JSON.stringify(door)}; const { spawn, sleep, wait, Event, LightQueue, green } = hub; ${program}`;
  const child = spawnProcess(
    process.execPath,
    [...flags, '--input-type=module', '--eval', source],
    { env: { ...process.env, NODE_OPTIONS: '', ...env }, stdio: ['ignore', 'pipe', 'pipe'] },
  );
  const outcome: Outcome = { code: null, signal: null, stdout: '', stderr: '' };
  child.stdout.setEncoding('utf8').on('data', (text: string) => (outcome.stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (outcome.stderr += text));
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code, signal) => resolve({ ...outcome, code, signal }));
  });
}

const parked = `for (let i = 0; i < 50; i++) spawn(() => { try { new Event().wait(); } finally { console.log('FINALLY'); } });`;
const patched = `import { execFileSync } from 'node:child_process'; hub.monkeyPatch();`;
const children = `for (let i = 0; i < 20; i++) spawn(() => execFileSync('true'));`;

for (const way of ['', 'thread']) {
  const env = way === '' ? {} : { GUDEG_GREEN_SWITCH: way };
  describe(`life and death of green threads${way === '' ? '' : ' switched by the scheduler'}`, function () {
    this.timeout(30_000);
    this.slow(3000);

    it('a program ends with threads parked, and runs none of their code', async () => {
      const { code, signal, stdout } = await run(
        `${parked} await spawn(() => sleep(0.01)); console.log('end')`,
        { env },
      );
      expect({ code, signal, stdout }).to.deep.equal({ code: 0, signal: null, stdout: 'end\n' });
    });

    it('11: process.exit() in a green thread ends the process, exit listeners included, and SIGINT does', async () => {
      const { code, signal, stdout } = await run(
        `${parked} process.on('exit', (code) => console.log('exit', code)); spawn(() => { sleep(0.01); process.exit(3); });`,
        { env },
      );
      expect({ code, signal, stdout }).to.deep.equal({ code: 3, signal: null, stdout: 'exit 3\n' });
      const interrupted = await run(
        `${parked} spawn(() => { sleep(0.01); process.kill(process.pid, 'SIGINT'); sleep(60); });`,
        { env },
      );
      expect([interrupted.code, interrupted.signal]).to.deep.equal([null, 'SIGINT']);
    });

    it('process.exit() outside with threads parked', async () => {
      const { code, signal } = await run(`${parked} setTimeout(() => process.exit(4), 20)`, {
        env,
      });
      expect({ code, signal }).to.deep.equal({ code: 4, signal: null });
    });

    it('an uncaught exception and an unhandled rejection outside end the process as ever', async () => {
      const thrown = await run(`${parked} setTimeout(() => { throw new Error('outside'); }, 20)`, {
        env,
      });
      expect([thrown.code, thrown.signal]).to.deep.equal([1, null]);
      expect(thrown.stderr).to.match(/Error: outside/);
      const rejected = await run(
        `${parked} spawn(() => { Promise.reject(new Error('rejected')); sleep(1); })`,
        { env },
      );
      expect([rejected.code, rejected.signal]).to.deep.equal([1, null]);
      expect(rejected.stderr).to.match(/Error: rejected/);
    });

    it('an error in a green thread that nobody takes is reported once and ends nothing', async () => {
      const { code, stdout, stderr } = await run(
        `spawn(() => { throw new Error('lost'); }); await spawn(() => sleep(0.02)); console.log('alive')`,
        { env },
      );
      expect([code, stdout]).to.deep.equal([0, 'alive\n']);
      expect(stderr.match(/Error: lost/g)).to.have.lengthOf(1);
    });

    it('a recursion without end in a green thread is a RangeError', async () => {
      const { code, stdout } = await run(
        `const r = () => r() + 1; for (let i = 0; i < 3; i++) { try { await spawn(r); } catch (error) { console.log(error.name); } }`,
        { env, flags: ['--stack-size=3000'] },
      );
      expect([code, stdout]).to.deep.equal([0, 'RangeError\nRangeError\nRangeError\n']);
    });

    it('a heap at its limit ends the process as it does without green threads', async () => {
      const { code, signal, stderr } = await run(
        `${parked} spawn(() => { const all = []; for (;;) { all.push(new Array(1e5).fill(1.5)); if (all.length % 50 === 0) sleep(0); } })`,
        { env, flags: ['--max-old-space-size=64'] },
      );
      expect(stderr).to.match(/heap out of memory/);
      expect(code === 0 && signal === null).to.be.false;
    });

    it('the collector under stress finds everything that parked threads hold', async () => {
      const { code, stdout, stderr } = await run(
        `const threads = Array.from({ length: 30 }, (_, i) => spawn(() => {
          const o = { a: [i, { b: 's' + i }] };
          for (let k = 0; k < 10; k++) { sleep(0.001); if (k % 5 === 0) gc(); const junk = []; for (let j = 0; j < 500; j++) junk.push({ j });
            if (o.a[1].b !== 's' + i) throw new Error('corrupt'); }
          return o.a[0]; }));
        let sum = 0; for (const thread of threads) sum += await thread; console.log(sum)`,
        { env, flags: ['--expose-gc', '--stress-compaction', '--max-semi-space-size=1'] },
      );
      expect([code, stdout, stderr]).to.deep.equal([0, '435\n', '']);
    });

    it('WebAssembly code that is replaced while threads are parked harms nothing', async () => {
      const { code, signal, stdout, stderr } = await run(
        `import { createServer } from 'node:http';
        ${parked} const server = createServer((request, response) => response.end('page')).listen(0);
        const { port } = await new Promise((resolve) => server.once('listening', () => resolve(server.address())));
        const get = () => wait(wait(fetch('http://127.0.0.1:' + port)).text());
        await spawn(() => { for (let i = 0; i < 300; i++) get(); });
        console.log(await spawn(get)); server.close(); server.closeAllConnections();`,
        { env, flags: ['--stress-wasm-code-gc'] },
      );
      expect([code, signal, stdout, stderr]).to.deep.equal([0, null, 'page\n', '']);
    });

    it('a CPU profile can be taken', async () => {
      const folder = await mkdtemp(join(tmpdir(), 'gudeg-profile-'));
      try {
        const { code } = await run(
          `const end = Date.now() + 100; await spawn(() => { while (Date.now() < end) sleep(0); })`,
          { env, flags: ['--cpu-prof', `--cpu-prof-dir=${folder}`] },
        );
        expect(code).to.equal(0);
        const [file] = readdirSync(folder);
        const profile = JSON.parse(readFileSync(join(folder, file as string), 'utf8')) as {
          nodes: unknown[];
        };
        expect(profile.nodes).to.not.be.empty;
      } finally {
        rmSync(folder, { recursive: true });
      }
    });

    it('a breakpoint in a green thread stops, shows its stack and goes on', async () => {
      const { code, stdout, stderr } = await run(
        `import { Session } from 'node:inspector';
        const session = new Session(); session.connect();
        session.post('Debugger.enable');
        session.on('Debugger.paused', ({ params }) => { console.log(params.callFrames.slice(0, 2).map((frame) => frame.functionName).join(' < ')); });
        await spawn(function outer() { sleep(0.001); (function inner() { debugger; })(); sleep(0.001); console.log('went on'); });`,
        { env },
      );
      expect([code, stdout, stderr]).to.deep.equal([0, 'inner < outer\nwent on\n', '']);
    });

    it('--inspect: a debugger outside stops in a green thread, looks, steps and goes on', async () => {
      const folder = await mkdtemp(join(tmpdir(), 'gudeg-inspect-'));
      const program = join(folder, 'inspected.mjs');
      await writeFile(
        program,
        `import { Event, sleep, spawn } from ${JSON.stringify(door)};
        for (let i = 0; i < 20; i++) spawn(() => new Event().wait());
        function target(count) {
          const twice = count * 2;
          sleep(0.001);
          return twice;
        }
        await spawn(function outer() { for (let n = 1; !globalThis.isOver; n++) target(n); });
        console.log('over'); process.exit(5);`,
      );
      const child = spawnProcess(process.execPath, ['--inspect=127.0.0.1:0', program], {
        env: { ...process.env, NODE_OPTIONS: '', ...env },
        stdio: ['ignore', 'pipe', 'pipe'],
      });
      const end = once(child, 'exit');
      try {
        let text = '';
        for await (const chunk of child.stderr.setEncoding('utf8')) {
          text += String(chunk);
          if (/ws:\S+/.test(text)) break;
        }
        {
          using debug = await InspectorClient.connect(/ws:\S+/.exec(text)?.[0] ?? '');
          interface Paused {
            callFrames: {
              functionName: string;
              callFrameId: string;
              location: { lineNumber: number };
            }[];
          }
          await debug.call('Debugger.enable');
          const stopped = debug.event<Paused>('Debugger.paused');
          await debug.call('Debugger.setBreakpointByUrl', {
            urlRegex: 'inspected',
            lineNumber: 4,
          });
          const { callFrames } = await stopped;
          expect(callFrames.slice(0, 2).map((frame) => frame.functionName)).to.deep.equal([
            'target',
            'outer',
          ]);
          const seen = await debug.call('Debugger.evaluateOnCallFrame', {
            callFrameId: callFrames[0]?.callFrameId,
            expression: 'twice === count * 2',
          });
          expect(seen).to.have.deep.property('result', { type: 'boolean', value: true });
          const stepped = debug.event<Paused>('Debugger.paused');
          await debug.call('Debugger.stepOver');
          expect((await stepped).callFrames[0]?.location.lineNumber).to.equal(5);
          await debug.call('Debugger.disable');
          await debug.call('Runtime.evaluate', { expression: 'globalThis.isOver = true' });
        }
        expect(await end).to.deep.equal([5, null]);
      } finally {
        child.kill('SIGKILL');
        rmSync(folder, { recursive: true });
      }
    });

    it('a child process that a green thread waits for keeps the program alive', async () => {
      const { code, signal, stdout } = await run(
        `${patched} spawn(() => { execFileSync('sleep', ['0.1']); console.log('over'); });`,
        { env },
      );
      expect({ code, signal, stdout }).to.deep.equal({ code: 0, signal: null, stdout: 'over\n' });
    });

    it('process.exit() ends the process while child processes start', async () => {
      const { code, signal, stderr } = await run(
        `${patched} ${children} spawn(() => process.exit(3));`,
        { env },
      );
      expect({ code, signal, stderr }).to.deep.equal({ code: 3, signal: null, stderr: '' });
    });

    it('a worker thread ends while child processes start', async () => {
      const { code, signal, stdout, stderr } = await run(
        `import { Worker } from 'node:worker_threads'; import { readdirSync } from 'node:fs';
        const descriptors = [];
        const source = ${JSON.stringify(`import * as hub from ${JSON.stringify(door)}; const { spawn } = hub; ${patched} spawn(() => execFileSync('sleep', ['0.2'])); ${children} spawn(() => { execFileSync('true'); process.exit(4); });`)};
        for (let i = 0; i < 3; i++) {
          const worker = new Worker(source, { eval: true, execArgv: ['--input-type=module'] });
          console.log(await new Promise((resolve) => worker.once('exit', resolve)));
          descriptors.push(readdirSync('/proc/self/fd').length);
        }
        // The first one opens what the process keeps.
        console.log(descriptors[2] <= descriptors[0]);`,
        { env },
      );
      expect([code, signal, stdout, stderr]).to.deep.equal([0, null, '4\n4\n4\ntrue\n', '']);
    });

    it('a worker thread has a hub of its own, and terminate() ends its parked threads', async () => {
      const { code, signal, stdout, stderr } = await run(
        `import { Worker } from 'node:worker_threads';
        const source = 'import { spawn, sleep, Event } from ${door}; import { parentPort } from "node:worker_threads"; for (let i = 0; i < 20; i++) spawn(() => new Event().wait()); spawn(() => { sleep(0.01); parentPort.postMessage("up"); for (;;) sleep(0.001); });'
          .replace(/from (file:\\S+);/, (_, url) => 'from ' + JSON.stringify(url) + ';');
        for (let i = 0; i < 3; i++) {
          const worker = new Worker(source, { eval: true, execArgv: ['--input-type=module'] });
          worker.on('error', (error) => console.log(error));
          await new Promise((resolve) => worker.once('message', resolve));
          await spawn(() => sleep(0.01));
          console.log('ended', await worker.terminate());
        }`,
        { env },
      );
      expect([code, signal, stdout, stderr]).to.deep.equal([
        0,
        null,
        'ended 1\nended 1\nended 1\n',
        '',
      ]);
    });

    it('terminate() ends a worker whose green thread never parks', async () => {
      const { code, stdout } = await run(
        `import { Worker } from 'node:worker_threads';
        const source = 'import { spawn, sleep } from ${door}; import { parentPort } from "node:worker_threads"; spawn(() => sleep(100)); spawn(() => { parentPort.postMessage("up"); for (;;); });'
          .replace(/from (file:\\S+);/, (_, url) => 'from ' + JSON.stringify(url) + ';');
        const worker = new Worker(source, { eval: true, execArgv: ['--input-type=module'] });
        await new Promise((resolve) => worker.once('message', resolve));
        console.log('ended', await worker.terminate());`,
        { env },
      );
      expect([code, stdout]).to.deep.equal([0, 'ended 1\n']);
    });

    it('a deadlock is an error that names who waits', async () => {
      const { code, stderr } = await run(
        `await spawn(function stuck() { new LightQueue().get(); })`,
        { env },
      );
      expect(code).to.equal(1);
      expect(stderr)
        .to.match(/DeadlockError/)
        .and.to.match(/LightQueue\.get\(\)/);
    });

    it('children of a green thread are ordinary processes', async () => {
      const { code, stdout } = await run(
        `import { execFileSync } from 'node:child_process'; console.log(await spawn(() => { sleep(0.001); return execFileSync(process.execPath, ['-p', '6*7'], { encoding: 'utf8' }).trim(); }))`,
        { env },
      );
      expect([code, stdout]).to.deep.equal([0, '42\n']);
    });
  });
}

describe('without the addon', () => {
  it('spawn() says what was tried and what to do, and the Async twins work', async () => {
    const { code, stdout, stderr } = await run(
      `const { sleepAsync, Semaphore } = hub;
      try { spawn(() => 1); } catch (error) { console.log(error.code, /npm run build:native/.test(error.message), /missing\\.node/.test(error.message)); }
      const queue = new LightQueue(); setTimeout(() => queue.put('item'), 5); console.log(await queue.getAsync());
      await sleepAsync(0.001); console.log(await new Semaphore(0).acquireAsync({ timeout: 0.001 }));`,
      { env: { GUDEG_GREEN_STACK_PATH: '/nonexistent/missing.node' } },
    );
    expect([code, stdout, stderr]).to.deep.equal([
      0,
      'GUDEG_ERR_NATIVE_UNAVAILABLE true true\nitem\nfalse\n',
      '',
    ]);
  }).timeout(20_000);
});
