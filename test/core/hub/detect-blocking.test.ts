import childProcess from 'node:child_process';
import { scryptSync } from 'node:crypto';
import fs, { readFileSync } from 'node:fs';
import Module from 'node:module';
import { expect } from 'chai';
import {
  type BlockingReport,
  debug,
  detectBlocking,
  type DetectBlockingOptions,
  monkeyPatch,
  onUnhandledError,
  restore,
  sleep,
  spawn,
} from '../../../src/core/hub/index.ts';
import { NodeProgram } from '../../support/node-program.ts';

/** What is reported while `fn` runs in a green thread. */
async function reportsOf(
  fn: () => unknown,
  options: DetectBlockingOptions = {},
): Promise<BlockingReport[]> {
  const reports: BlockingReport[] = [];
  const stop = await detectBlocking({
    // Nothing here is that busy.
    maxBlockedMs: 60_000,
    minCallMs: 0,
    print: false,
    onBlocking: (report) => reports.push(report),
    ...options,
  });
  try {
    await spawn(fn);
  } finally {
    await stop();
  }
  return reports;
}

describe('detectBlocking()', function () {
  this.timeout(20_000);
  this.slow(1000);

  afterEach(() => {
    restore();
  });

  it('reports synchronous calls of a green thread, with their place', async () => {
    const reports = await reportsOf(function reader() {
      readFileSync(import.meta.filename);
      childProcess.execFileSync('true');
    });
    expect(reports.map(({ kind, what }) => [kind, what])).to.deep.include.members([
      ['sync-call', 'fs.readFileSync()'],
      ['sync-call', 'child_process.execFileSync()'],
    ]);
    const [report] = reports;
    expect(report?.stack[0]).to.match(/reader .*detect-blocking\.test\.ts:\d+/);
    expect(report?.thread).to.match(/^green-\d+$/);
    expect(report?.blockedMs).to.be.above(0);
  });

  it('keeps silent about short calls, patched calls, and calls outside green threads', async () => {
    const reports = await reportsOf(
      () => {
        fs.statSync('.');
      },
      { minCallMs: 60_000 },
    );
    expect(reports).to.deep.equal([]);
    monkeyPatch();
    const patched = await reportsOf(() => {
      readFileSync(import.meta.filename);
      scryptSync('password', 'salt', 16);
    });
    expect(patched).to.deep.equal([]);
    restore();
    const outside: BlockingReport[] = [];
    const stop = await detectBlocking({
      minCallMs: 0,
      print: false,
      onBlocking: (report) => outside.push(report),
    });
    fs.statSync('.');
    await stop();
    expect(outside).to.deep.equal([]);
  });

  it('reports calls of native addons: functions, classes and their methods', async () => {
    class Statement {
      all(): number {
        return 5;
      }
    }
    const addon = { Statement, compute: (n: number) => n + 1 };
    const cache = (Module as unknown as { _cache: Record<string, unknown> })._cache;
    cache['/addons/database.node'] = { exports: addon };
    const results: unknown[] = [];
    try {
      const reports = await reportsOf(() => {
        const statement = new addon.Statement();
        results.push(addon.compute(1), statement.all(), statement instanceof addon.Statement);
      });
      expect(results).to.deep.equal([2, 5, true]);
      expect(reports.map(({ kind, what }) => `${kind} ${what}`)).to.have.members([
        'native-call new database.node: Statement()',
        'native-call database.node: compute()',
        'native-call database.node: Statement: all()',
      ]);
    } finally {
      cache['/addons/database.node'] = undefined;
    }
    expect(addon.Statement).to.equal(Statement);
  });

  it('puts every function back', async () => {
    const before = { read: fs.readFileSync, wait: Atomics.wait, exec: childProcess.execSync };
    await reportsOf(() => undefined);
    expect(fs.readFileSync).to.equal(before.read);
    expect(readFileSync).to.equal(before.read);
    expect(Atomics.wait).to.equal(before.wait);
    expect(childProcess.execSync).to.equal(before.exec);
  });

  it('191: reports a stretch of JavaScript during which the loop does not turn', async () => {
    let seen: (report: BlockingReport) => void = () => undefined;
    const first = new Promise<BlockingReport>((resolve) => (seen = resolve));
    const stop = await detectBlocking({ maxBlockedMs: 200, print: false, onBlocking: seen });
    try {
      await spawn(function culprit() {
        const end = performance.now() + 1000;
        while (performance.now() < end);
      });
      const report = await first;
      expect(report.kind).to.equal('busy');
      expect(report.stack.join('\n')).to.match(/culprit .*detect-blocking\.test\.ts:\d+/);
    } finally {
      await stop();
    }
  });

  it('leaves every function of Node as it is until it is switched on, and again when it is off', async () => {
    await using program = NodeProgram.text(`
      import Module, { createRequire } from 'node:module';
      import fs, { readFileSync } from 'node:fs';
      const require = createRequire(import.meta.url);
      const looked = ['fs', 'child_process', 'zlib', 'crypto', 'dns', 'http', 'timers', 'net', 'inspector'];
      let threads = 0;
      process.on('worker', () => threads++);
      const look = () => {
        const seen = new Map();
        const members = (label, owner) => {
          for (const name of Object.getOwnPropertyNames(owner)) {
            const { value, get } = Object.getOwnPropertyDescriptor(owner, name);
            seen.set(label + '.' + name, value ?? get);
            if (typeof value === 'function' && value.prototype) {
              for (const each of Object.getOwnPropertyNames(value.prototype)) {
                const method = Object.getOwnPropertyDescriptor(value.prototype, each);
                seen.set(label + '.' + name + '#' + each, method.value ?? method.get);
              }
            }
          }
        };
        for (const name of looked) members(name, require(name));
        members('Module', Module);
        for (const name of ['Atomics', 'Reflect', 'Error', 'Function', 'Promise']) {
          members(name, globalThis[name]);
        }
        members('process.binding', { dlopen: process.dlopen, emit: process.emit });
        for (const name of ['setTimeout', 'setInterval', 'setImmediate', 'queueMicrotask']) {
          seen.set(name, globalThis[name]);
        }
        seen.set('readFileSync by name', readFileSync);
        for (const name of process.eventNames()) seen.set('on ' + String(name), process.listenerCount(name));
        seen.set('threads', threads);
        return seen;
      };
      const changed = (before, after) =>
        [...new Set([...before.keys(), ...after.keys()])].filter((key) => before.get(key) !== after.get(key));
      const before = look();
      const { detectBlocking, spawn, sleep } = await import('gudeg/green');
      const off = changed(before, look());
      await spawn(() => { fs.readFileSync(process.execPath).length; sleep(0); });
      const run = look();
      const stop = await detectBlocking({ print: false });
      const on = changed(run, look());
      await stop();
      console.log(JSON.stringify({ off, on, again: changed(run, look()).filter((each) => each !== 'threads') }));
    `);
    const { stdout, stderr } = await program.end;
    expect(stderr).to.equal('');
    const { off, on, again } = JSON.parse(stdout) as Record<'off' | 'on' | 'again', string[]>;
    expect([off, again]).to.deep.equal([[], []]);
    expect(on).to.include.members([
      'fs.readFileSync',
      'fs.Dir#readSync',
      'child_process.execSync',
      'Atomics.wait',
      'readFileSync by name',
      'threads',
    ]);
  });

  it('refuses limits that are none', async () => {
    const error: unknown = await detectBlocking({ minCallMs: -1 }).catch((each: unknown) => each);
    expect(error).to.have.property('code', 'GUDEG_ERR_OUT_OF_RANGE');
  });
});

describe('debug', () => {
  it('formatHubTimers() lists who waits for a time, soonest first', async () => {
    const threads = [5000, 1000].map((seconds) => spawn(sleep, seconds));
    await spawn(() => {
      sleep(0);
    });
    expect(debug.formatHubTimers()).to.match(
      /^(?:9\d\d|1000)\.\d+ s: green-\d+ in sleep\(\)\n(?:4\d\d\d|5000)\.\d+ s: green-\d+ in sleep\(\)\n\d+ other timers\n$/,
    );
    for (const thread of threads) thread.kill();
    await spawn(() => undefined);
  });

  it('formatThreads() shows the stack of every green thread', async () => {
    const thread = spawn(function parked() {
      sleep(1000);
    });
    await spawn(() => {
      sleep(0);
    });
    expect(debug.formatThreads()).to.match(/parked in sleep\(\)\n[^]*parked .*detect-blocking/);
    thread.kill();
    await spawn(() => undefined);
  });

  it('hubExceptions(false) drops errors that nobody took, true reports them again', async () => {
    const reported: unknown[] = [];
    const before = onUnhandledError((error) => reported.push((error as Error).message));
    const fail = async (message: string): Promise<void> => {
      spawn(() => {
        throw new Error(message);
      });
      for (let i = 0; i < 3; i++) await new Promise((resolve) => setImmediate(resolve));
    };
    try {
      debug.hubExceptions(false);
      await fail('dropped');
      debug.hubExceptions(true);
      await fail('reported');
      expect(reported).to.deep.equal(['reported']);
    } finally {
      onUnhandledError(before);
    }
  });

  it('hubBlockingDetection() switches the detector on and off', async () => {
    const { readFileSync: before } = fs;
    await debug.hubBlockingDetection(true, 60);
    expect(fs.readFileSync).to.not.equal(before);
    await debug.hubBlockingDetection(true, 30);
    await debug.hubBlockingDetection();
    expect(fs.readFileSync).to.equal(before);
  });
});
