import { readFile } from 'node:fs/promises';

/**
 * The physical memory a process has to itself, plus its share of what it shares with others
 * (`Pss`), in KiB.
 *
 * @param {number} pid
 * @returns {Promise<number>}
 */
export async function residentKib(pid) {
  const text = await readFile(`/proc/${pid}/smaps_rollup`, 'utf8');
  const [, kib] = /^Pss:\s+(\d+) kB$/m.exec(text) ?? [];
  if (kib === undefined) throw new Error(`/proc/${pid}/smaps_rollup has no Pss line`);
  return Number(kib);
}
