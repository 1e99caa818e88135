// What green threads cost: `node bench/green/gudeg.js`, best pinned to one core. One line a measure,
// microseconds unless it says otherwise; medians of five rounds.
import { Event, LightQueue, sleep, spawn, statistics } from '../../dist/core/hub/index.js';

const rounds = 5;

async function median(name, count, body, unit = 'us') {
  const figures = [];
  for (let i = 0; i < rounds; i++) {
    const start = performance.now();
    await body(count);
    figures.push(((performance.now() - start) * 1000) / count);
  }
  figures.sort((a, b) => a - b);
  console.log(`${name.padEnd(28)} ${figures[rounds >> 1].toFixed(2)} ${unit}`);
}

await median('queue ping-pong, round trip', 100_000, (count) =>
  spawn(() => {
    const [there, back] = [new LightQueue(), new LightQueue()];
    const other = spawn(() => {
      for (let i = 0; i < count; i++) back.put(there.get());
    });
    for (let i = 0; i < count; i++) {
      there.put(i);
      back.get();
    }
    other.wait();
  }),
);

await median('sleep(0), ten threads', 100_000, (count) =>
  spawn(() => {
    const threads = Array.from({ length: 10 }, () =>
      spawn(() => {
        for (let i = 0; i < count / 10; i++) sleep(0);
      }),
    );
    for (const thread of threads) thread.wait();
  }),
);

await median('spawn and join', 100_000, (count) =>
  spawn(() => {
    for (let i = 0; i < count; i++) spawn(() => i).wait();
  }),
);

await median('spawn and finish', 100_000, (count) =>
  spawn(() => {
    for (let i = 0; i < count; i++) {
      spawn(() => i);
      if (i % 100 === 99) sleep(0);
    }
  }),
);

await median('sleep(0) among 1000 threads', 100_000, (count) =>
  spawn(() => {
    const threads = Array.from({ length: 1000 }, () =>
      spawn(() => {
        for (let i = 0; i < count / 1000; i++) sleep(0);
      }),
    );
    for (const thread of threads) thread.wait();
  }),
);

{
  const event = new Event();
  const before = process.memoryUsage().rss;
  const start = performance.now();
  const threads = Array.from({ length: 10_000 }, () => spawn(() => event.wait()));
  while (threads.some((thread) => thread.statistics().state !== 'parked')) {
    await new Promise((resolve) => setImmediate(resolve));
  }
  const tookMs = performance.now() - start;
  const each = (process.memoryUsage().rss - before) / threads.length / 1024;
  console.log(`${'10,000 parked, resident each'.padEnd(28)} ${each.toFixed(1)} kB`);
  console.log(`${'10,000 parked, created in'.padEnd(28)} ${tookMs.toFixed(0)} ms`);
  event.send();
  for (const thread of threads) await thread;
}

{
  let worstMs = 0;
  const endsMs = performance.now() + 2000;
  const threads = Array.from({ length: 1000 }, () =>
    spawn(() => {
      while (performance.now() < endsMs) sleep(0);
    }),
  );
  while (performance.now() < endsMs - 100) {
    const start = performance.now();
    await new Promise((resolve) => setTimeout(resolve, 1));
    worstMs = Math.max(worstMs, performance.now() - start);
  }
  for (const thread of threads) await thread;
  console.log(`${'1 ms timer, 1000 runnable'.padEnd(28)} ${worstMs.toFixed(1)} ms at worst`);
}

{
  const run = (count) =>
    spawn(() => {
      for (let i = 0; i < count; i++) {
        spawn(() => i);
        if (i % 100 === 99) sleep(0);
      }
    });
  await run(100_000);
  const before = process.memoryUsage().rss;
  await run(1_000_000);
  const grownMb = (process.memoryUsage().rss - before) / 1e6;
  console.log(`${'a million spawns, resident'.padEnd(28)} ${grownMb.toFixed(1)} MB more`);
}
console.log(`${process.version}, ${statistics().switches} switches`);
