/**
 * Medians of a peer's rounds in one scenario, and how they compare within the run.
 *
 * @typedef {object} Summary
 * @property {string} peer Its name.
 * @property {string} title
 * @property {import('./trial.js').Sample} median
 * @property {number} main The figure by which peers are compared: CPU µs per request, KiB per
 *   idle connection, or a client's µs per round trip.
 * @property {number} spread (largest − smallest) ÷ median of that figure.
 * @property {number} [toFloor] That figure ÷ the floor's.
 * @property {number} [toNodeHttp] That figure ÷ node:http's.
 */

/** @type {Readonly<Record<import('../scenarios/index.js').Scenario['kind'], keyof import('./trial.js').Sample>>} */
const MAIN_FIGURE = {
  requests: 'cpuMicros',
  'fan-out': 'cpuMicros',
  idle: 'kibPerConnection',
  client: 'micros',
};

/** @param {readonly number[]} values */
export function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? NaN;
  return sorted.length % 2 === 1 ? upper : (upper + (sorted[middle - 1] ?? NaN)) / 2;
}

/**
 * @param {import('../scenarios/index.js').Scenario} scenario
 * @param {readonly { peer: import('../peers/index.js').Peer, samples: import('./trial.js').Sample[] }[]} results
 * @returns {Summary[]} Least first.
 */
export function summarize(scenario, results) {
  const key = MAIN_FIGURE[scenario.kind];
  /** @type {Summary[]} */
  const summaries = results.map(({ peer, samples }) => {
    const keys = /** @type {(keyof import('./trial.js').Sample)[]} */ (
      Object.keys(samples[0] ?? {})
    );
    const medians = keys.map((name) => [name, median(samples.map((one) => one[name] ?? NaN))]);
    const values = samples.map((one) => one[key] ?? NaN);
    const main = median(values);
    return {
      peer: peer.name,
      title: peer.title,
      median: Object.fromEntries(medians),
      main,
      spread: (Math.max(...values) - Math.min(...values)) / main,
    };
  });
  const floor = summaries.find(({ peer }) => peer === (scenario.floor ?? 'floor'));
  const nodeHttp = summaries.find(({ peer }) => peer === (scenario.baseline ?? 'node-http'));
  for (const one of summaries) {
    if (floor) one.toFloor = one.main / floor.main;
    if (nodeHttp) one.toNodeHttp = one.main / nodeHttp.main;
  }
  return summaries.sort((a, b) => a.main - b.main);
}
