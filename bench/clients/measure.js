import { argv, cpuUsage, hrtime } from 'node:process';

/** What the benchmark wants done, and where: `WORK ADDRESS WARMUP_S SECONDS`. */
export function orders() {
  const [, , work = '', target = '', warmup = '', seconds = ''] = argv;
  const [, kind, place = ''] = /^(tcp|unix):(.+)$/.exec(target) ?? [];
  return {
    work,
    isUnix: kind === 'unix',
    place,
    warmupMs: Number(warmup) * 1000,
    measuredMs: Number(seconds) * 1000,
  };
}

/** @typedef {{ count: number, startedAt: bigint, cpu: NodeJS.CpuUsage }} Spell */

/**
 * Prints what was done: see bench/clients/raw.c.
 *
 * @param {Spell} spell
 * @param {number[]} samples Of round trips, in ns.
 */
function report({ count, startedAt, cpu }, samples) {
  const seconds = Number(hrtime.bigint() - startedAt) / 1e9;
  const { user, system } = cpuUsage(cpu);
  const p50Ns = Float64Array.from(samples).sort()[samples.length >> 1];
  console.log(JSON.stringify({ count, seconds, cpuNs: (user + system) * 1000, p50Ns }));
}

/** Round trips between two looks at the clock. */
const BATCH = 64;

/**
 * Works, blocking, for the time that was ordered, and reports.
 *
 * @param {() => number} work Gives how many units it did.
 */
export function measureBlocking(work) {
  const { warmupMs, measuredMs } = orders();
  for (const end = performance.now() + warmupMs; performance.now() < end;) work();
  /** @type {number[]} */
  const samples = [];
  const spell = { count: 0, startedAt: hrtime.bigint(), cpu: cpuUsage() };
  for (let now = performance.now(), end = now + measuredMs; now < end;) {
    let units = 0;
    for (let i = 0; i < BATCH; i++) units += work();
    spell.count += units;
    const then = now;
    now = performance.now();
    samples.push(((now - then) * 1e6) / BATCH);
  }
  report(spell, samples);
}

/**
 * The same without blocking; several at a time.
 *
 * @param {() => Promise<number>} work
 * @param {number} [atOnce]
 */
export async function measure(work, atOnce = 1) {
  const { warmupMs, measuredMs } = orders();
  /** @param {number} ms @param {(units: number, ns: number) => void} done */
  const spell = async (ms, done) => {
    const end = performance.now() + ms;
    const one = async () => {
      for (let now = performance.now(); now < end;) {
        const units = await work();
        const then = now;
        now = performance.now();
        done(units, (now - then) * 1e6);
      }
    };
    await Promise.all(Array.from({ length: atOnce }, one));
  };
  await spell(warmupMs, () => undefined);
  /** @type {number[]} */
  const samples = [];
  const result = { count: 0, startedAt: hrtime.bigint(), cpu: cpuUsage() };
  await spell(measuredMs, (units, ns) => {
    result.count += units;
    samples.push(ns);
  });
  report(result, samples);
}
