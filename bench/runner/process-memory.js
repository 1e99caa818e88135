import { readFile } from 'node:fs/promises';

/**
 * The physical memory that a process has to itself, in KiB: heaps, stacks, buffers. Pages of files
 * (the program's code) are left out, for how many of them count as a process' own changes with
 * whatever else runs.
 *
 * @param {number} pid
 * @returns {Promise<number>}
 */
export async function anonymousKib(pid) {
  const text = await readFile(`/proc/${pid}/smaps_rollup`, 'utf8');
  const [, kib] = /^Anonymous:\s+(\d+) kB$/m.exec(text) ?? [];
  if (kib === undefined) throw new Error(`/proc/${pid}/smaps_rollup has no Anonymous line`);
  return Number(kib);
}
