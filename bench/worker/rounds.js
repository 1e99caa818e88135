import { median } from '../runner/summary.js';

/**
 * Measures variants in turns (A B C, A B C, …), so that what else the machine does meets all of them
 * alike.
 *
 * @template {Record<string, number>} Figures
 * @param {Record<string, () => Promise<Figures>>} variants
 * @param {number} rounds
 * @returns {Promise<Record<string, Figures>>} The median of each figure.
 */
export async function interleaved(variants, rounds) {
  /** @type {Record<string, Figures[]>} */
  const samples = {};
  for (let round = 0; round < rounds; round++) {
    for (const [name, measure] of Object.entries(variants)) {
      (samples[name] ??= []).push(await measure());
    }
  }
  /** @param {Figures[]} taken */
  const medians = (taken) => {
    const names = Object.keys(taken[0] ?? {});
    const pairs = names.map((name) => [name, median(taken.map((each) => each[name] ?? NaN))]);
    return /** @type {Figures} */ (Object.fromEntries(pairs));
  };
  return Object.fromEntries(Object.entries(samples).map(([name, taken]) => [name, medians(taken)]));
}
