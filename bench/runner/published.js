/**
 * What stands in the README about one scenario: the figures of one run, and where they are from.
 *
 * @typedef {object} Published
 * @property {string} scenario Its name.
 * @property {string} date Of the run, as `2026-11-24`.
 * @property {string} machine What it ran on.
 * @property {number} rounds The figures are medians of them.
 * @property {readonly PublishedRow[]} rows One for each peer, in the order in which they take turns.
 *
 * @typedef {object} PublishedRow
 * @property {string} peer Its name.
 * @property {string} version Of what was measured; empty when that is this package.
 * @property {number} main CPU µs per request, or KiB per idle connection.
 * @property {number} [toFloor] That figure ÷ the floor's.
 * @property {number} [requestsPerSecond]
 * @property {number} [p99Micros]
 */

/**
 * What a run has measured, as it is published.
 *
 * @param {readonly import('./markdown-tables.js').Measured[]} measured
 * @param {readonly import('../peers/index.js').Peer[]} peers
 * @param {string} machine
 * @param {number} rounds
 * @param {Date} now
 * @returns {Published[]}
 */
export function publishable(measured, peers, machine, rounds, now) {
  return measured
    .filter(({ scenario }) => scenario.kind === 'requests' || scenario.kind === 'idle')
    .map(({ scenario, summaries }) => ({
      scenario: scenario.name,
      date: now.toISOString().slice(0, 10),
      machine,
      rounds: Math.min(rounds, scenario.maxRounds ?? Infinity),
      rows: peers.flatMap(({ name, version }) => {
        const one = summaries.find(({ peer }) => peer === name);
        if (one === undefined) return [];
        const { requestsPerSecond, p99Micros } = one.median;
        const { main, toFloor } = one;
        return [{ peer: name, version, main, toFloor, requestsPerSecond, p99Micros }];
      }),
    }));
}

/**
 * Puts the scenarios of a run in place of older figures of them; those that it lacks keep theirs. So
 * do scenarios that it measured with fewer peers than the older run: rows of two runs in one table
 * would compare what cannot be compared.
 *
 * @param {readonly Published[]} older
 * @param {readonly Published[]} newer
 * @returns {{ entries: Published[], kept: { scenario: string, missing: string[] }[] }} `kept`: the
 *   scenarios of the run that were left out, and the peers it lacks.
 */
export function mergePublished(older, newer) {
  const kept = [];
  const entries = new Map(older.map((entry) => [entry.scenario, entry]));
  for (const entry of newer) {
    const present = new Set(entry.rows.map(({ peer }) => peer));
    const before = entries.get(entry.scenario)?.rows ?? [];
    const missing = before.map(({ peer }) => peer).filter((peer) => !present.has(peer));
    if (missing.length > 0) kept.push({ scenario: entry.scenario, missing });
    else entries.set(entry.scenario, entry);
  }
  return { entries: [...entries.values()], kept };
}
