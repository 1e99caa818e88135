// Green threads that park in every odd place, killed and timed out at random, under a collector that
// moves everything: node --expose-gc --stress-compaction --max-semi-space-size=1 --import tsx/esm
// test/core/hub/soak/soak.ts [seconds]. Exit code 0 and one line of figures, or the first broken
// invariant.
import { AsyncLocalStorage, AsyncResource } from 'node:async_hooks';
import {
  Event,
  GreenletExit,
  LightQueue,
  onUnhandledError,
  scope,
  Semaphore,
  shield,
  sleep,
  spawn,
  statistics,
  Timeout,
  wait,
  type GreenThread,
} from '../../../../src/core/hub/index.ts';

const seconds = Number(process.argv[2] ?? 20);
const workers = 240;
const permits = 16;

let seed = 12345;
function random(below: number): number {
  seed = (Math.imul(seed, 1103515245) + 12345) & 0x7fffffff;
  return seed % below;
}

function check(condition: boolean, what: string): asserts condition {
  if (condition) return;
  process.stderr.write(`broken: ${what}\n`);
  process.exit(1);
}

const imported = new Uint8Array([
  0, 97, 115, 109, 1, 0, 0, 0, 1, 6, 1, 96, 1, 127, 1, 127, 2, 7, 1, 1, 109, 1, 102, 0, 0, 3, 2, 1,
  0, 7, 5, 1, 1, 103, 0, 1, 10, 8, 1, 6, 0, 32, 0, 16, 0, 11,
]);
interface WebAssemblyNamespace {
  Module: new (bytes: Uint8Array) => object;
  Instance: new (module: object, imports: object) => { exports: object };
}
const { WebAssembly: webAssembly } = globalThis as unknown as { WebAssembly: WebAssemblyNamespace };
const wasm = new webAssembly.Instance(new webAssembly.Module(imported), {
  m: {
    f: (x: number) => {
      sleep(0.001);
      return x + 1;
    },
  },
}).exports as { g: (x: number) => number };

const storage = new AsyncLocalStorage<string>();
const resource = new AsyncResource('Soak');
const semaphore = new Semaphore(permits);
const queue = new LightQueue<number>(8);
const counts = { tasks: 0, killed: 0, timedOut: 0, cleaned: 0, entered: 0, put: 0, got: 0 };
let inside = 0;

const parkers: ((i: number) => void)[] = [
  (i) => {
    const sorted = Array.from({ length: 7 }, (_, k) => (k * 5 + i) % 7).sort((a, b) => {
      sleep(0);
      return a - b;
    });
    check(sorted.join('') === '0123456', 'sort');
  },
  (i) => {
    const text = 'x'.repeat(20).replace(/xxx/g, () => {
      if (random(3) === 0) sleep(0.001);
      return String(i % 10);
    });
    check(text === String(i % 10).repeat(6) + 'xx', 'replace');
  },
  (i) => {
    const object = {
      get value(): string {
        sleep(0);
        return `v${i}`;
      },
      toJSON(): unknown {
        sleep(0.001);
        return { i };
      },
    };
    check(object.value === `v${i}`, 'getter');
    check(JSON.stringify([object]) === `[{"i":${i}}]`, 'toJSON');
    const parsed = JSON.parse('[1,2,3]', (_key, value: unknown) => {
      sleep(0);
      return value;
    }) as number[];
    check(parsed.length === 3, 'reviver');
  },
  (i) => {
    check(wasm.g(i) === i + 1, 'wasm');
  },
  (i) => {
    storage.run(`s${i}`, () => {
      sleep(0.001);
      check(storage.getStore() === `s${i}`, 'AsyncLocalStorage after a park');
      resource.runInAsyncScope(() => {
        sleep(0);
        storage.run(`inner${i}`, () => {
          sleep(0);
          check(storage.getStore() === `inner${i}`, 'AsyncLocalStorage in an async scope');
        });
      });
      check(storage.getStore() === `s${i}`, 'AsyncLocalStorage after an async scope');
    });
  },
  (i) => {
    const objects = new Map<string, { v: unknown[] }>();
    for (let k = 0; k < 100; k++) objects.set(`k${k}`, { v: [k, i, 'x'.repeat(k % 50)] });
    sleep(0);
    check((objects.get('k42')?.v[1] as number) === i, 'heap object');
    try {
      wait(Promise.reject(new Error(`r${i}`)));
    } catch (error) {
      if ((error as Error).message !== `r${i}`) throw error;
    }
  },
  () => {
    semaphore.with(() => {
      inside++;
      check(inside <= permits, 'more holders than permits');
      try {
        sleep(0.001);
      } finally {
        inside--;
      }
    });
  },
  (i) => {
    queue.put(i);
    counts.put++;
    queue.get();
    counts.got++;
  },
  (i) => {
    const total = scope((children) => {
      const parts = [1, 2, 3].map((k) =>
        children.spawn(() => {
          sleep(random(2) / 1000);
          return k * i;
        }),
      );
      return parts.reduce((sum, part) => sum + part.wait(), 0);
    });
    check(total === 6 * i, 'scope');
  },
  () => {
    const event = new Event<string>();
    spawn(() => {
      sleep(0);
      event.send('sent');
    });
    check(event.wait() === 'sent', 'event');
  },
  () => {
    let depth = 0;
    const recurse = (): void => {
      depth++;
      recurse();
    };
    try {
      if (random(20) === 0) recurse();
    } catch (error) {
      check(error instanceof RangeError && depth > 1000, 'stack overflow');
    }
  },
];

function task(i: number): void {
  counts.entered++;
  try {
    for (let k = 0; k < 3; k++) {
      const park = parkers[random(parkers.length)] as (i: number) => void;
      if (random(6) === 0) new Timeout(random(3) / 1000, false).run(() => park(i));
      else park(i);
    }
    counts.tasks++;
  } finally {
    shield(() => {
      sleep(0);
      counts.cleaned++;
    });
  }
}

const running = new Set<GreenThread<void>>();
const endsMs = performance.now() + seconds * 1000;
onUnhandledError((error, where) => {
  check(
    error instanceof GreenletExit || error instanceof Timeout,
    `${where}: ${String((error as Error).stack)}`,
  );
});

let warmRss = 0;
const startedMs = performance.now();
const drain = setInterval(() => {
  if (globalThis.gc !== undefined && random(10) === 0) globalThis.gc();
  // An interrupted put leaves its item, an interrupted get leaves one too many.
  while (queue.qsize() > 6) queue.get(false);
  if (warmRss === 0 && performance.now() - startedMs > Math.min(seconds * 250, 60_000)) {
    warmRss = process.memoryUsage().rss;
  }
}, 20);

await spawn(() => {
  const loops = Array.from({ length: workers }, (_, n) =>
    spawn(() => {
      for (let i = n; performance.now() < endsMs; i++) {
        const thread = spawn(task, i);
        running.add(thread);
        if (random(8) === 0) {
          sleep(random(3) / 1000);
          thread.kill(undefined, { sticky: random(2) === 0 });
        }
        thread.join();
        running.delete(thread);
        if (thread.killed) counts.killed++;
        else if (!thread.successful()) {
          const error = thread.exception;
          check(error instanceof Timeout, `task ended with ${String((error as Error).stack)}`);
          counts.timedOut++;
        }
      }
    }),
  );
  for (const loop of loops) loop.wait();
});
clearInterval(drain);

// Putters and getters that are left over wait for each other's partners only.
for (let i = 0; i < 10 && statistics().unfinished > 0; i++) {
  while (queue.qsize() > 0) queue.get(false);
  while (queue.getting() > 0) queue.put(0);
  await new Promise((resolve) => setTimeout(resolve, 50));
}
const { unfinished, timers, stacks, idleStacks, switches } = statistics();
check(
  counts.cleaned === counts.entered,
  `${counts.entered} tasks entered, ${counts.cleaned} cleaned up`,
);
check(semaphore.counter === permits, `${semaphore.counter} of ${permits} permits came back`);
check(inside === 0 && running.size === 0, 'nobody is inside');
check(unfinished === 0 && timers === 0, `${unfinished} unfinished, ${timers} timers`);
check(stacks === idleStacks, `${stacks} stacks, ${idleStacks} idle`);
globalThis.gc?.();
const rss = process.memoryUsage().rss;
const tookS = ((performance.now() - startedMs) / 1000).toFixed(0);
process.stdout.write(
  `${process.version} ${tookS} s: ${JSON.stringify(counts)} ${switches} switches, ` +
    `rss ${(warmRss / 1e6).toFixed(0)} -> ${(rss / 1e6).toFixed(0)} MB\n`,
);
check(seconds < 60 || rss < warmRss * 1.5 + 20e6, 'resident memory grew');
