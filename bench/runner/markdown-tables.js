import { figure, ratio } from './figures.js';

/** @typedef {import('../peers/index.js').Peer} Peer */
/** @typedef {import('../scenarios/index.js').Scenario} Scenario */
/** @typedef {import('./summary.js').Summary} Summary */
/** @typedef {{ scenario: Scenario, summaries: readonly Summary[] }} Measured */

/**
 * @param {readonly Measured[]} columns
 * @param {readonly Peer[]} peers
 * @param {(summary: Summary) => string} cell
 */
function table(columns, peers, cell) {
  const rows = peers.map((peer) => {
    const cells = columns.map(({ summaries }) => {
      const summary = summaries.find((one) => one.peer === peer.name);
      return summary === undefined ? '' : cell(summary);
    });
    const name = peer.version === '' ? peer.title : `${peer.title} ${peer.version}`;
    return `| ${[name, ...cells].join(' | ')} |`;
  });
  const header = `| ${['server', ...columns.map(({ scenario }) => scenario.title)].join(' | ')} |`;
  return [header, `|---|${'--:|'.repeat(columns.length)}`, ...rows].join('\n');
}

/**
 * The tables for the README: CPU time with its ratio to the floor, then throughput and latency,
 * then memory.
 *
 * @param {readonly Measured[]} measured
 * @param {readonly Peer[]} peers
 * @param {string} caption The machine and the rounds.
 * @returns {string}
 */
export function markdownTables(measured, peers, caption) {
  const requests = measured.filter(({ scenario }) => scenario.kind === 'requests');
  const idle = measured.filter(({ scenario }) => scenario.kind === 'idle');
  const parts = [`Measured on ${caption}.`];
  if (requests.length > 0) {
    parts.push(
      'CPU time of the server process per request, µs (and how many times the floor):',
      table(requests, peers, ({ main, toFloor }) =>
        toFloor === undefined ? figure(main) : `${figure(main)} (${ratio(toFloor)})`,
      ),
      'Requests per second (and 99th percentile of latency, µs):',
      table(
        requests,
        peers,
        ({ median }) => `${figure(median.requestsPerSecond)} (${figure(median.p99Micros)})`,
      ),
    );
  }
  for (const one of idle) {
    parts.push(
      `Memory per idle keep-alive connection, KiB (${one.scenario.connections.toLocaleString('en-US')} of them):`,
      table([one], peers, ({ main }) => figure(main)),
    );
  }
  return `${parts.join('\n\n')}\n`;
}
