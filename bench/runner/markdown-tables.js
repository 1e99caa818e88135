import { figure, ratio } from './figures.js';

/** @typedef {import('../peers/index.js').Peer} Peer */
/** @typedef {import('../scenarios/index.js').Scenario} Scenario */
/** @typedef {import('./published.js').Published} Published */
/** @typedef {import('./published.js').PublishedRow} PublishedRow */
/** @typedef {{ scenario: Scenario, summaries: readonly import('./summary.js').Summary[] }} Measured */
/** @typedef {{ scenario: Scenario, entry: Published }} Column */

/**
 * @param {readonly Column[]} columns
 * @param {readonly Peer[]} peers
 * @param {(row: PublishedRow) => string} cell
 */
function table(columns, peers, cell) {
  const rows = peers.flatMap((peer) => {
    const found = columns.map(({ entry }) => entry.rows.find((row) => row.peer === peer.name));
    const version = found.find((row) => row !== undefined)?.version;
    if (version === undefined) return [];
    const name = version === '' ? peer.title : `${peer.title} ${version}`;
    const cells = found.map((row) => (row === undefined ? '' : cell(row)));
    return [`| ${[name, ...cells].join(' | ')} |`];
  });
  const header = `| ${['server', ...columns.map(({ scenario }) => scenario.title)].join(' | ')} |`;
  return [header, `|---|${'--:|'.repeat(columns.length)}`, ...rows].join('\n');
}

/**
 * Columns that may stand in one table: of one run, and with the same peer to compare with.
 *
 * @param {readonly Column[]} columns
 * @returns {Column[][]}
 */
function tablesOf(columns) {
  /** @type {Map<string, Column[]>} */
  const groups = new Map();
  for (const column of columns) {
    const { scenario, entry } = column;
    const isAlone = scenario.kind === 'idle' ? scenario.name : '';
    const key = [entry.date, entry.machine, entry.rounds, scenario.baseline, isAlone].join('\n');
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [column]);
    else group.push(column);
  }
  return [...groups.values()];
}

/** @param {readonly Column[]} columns @param {readonly Peer[]} peers */
function requestTables(columns, peers) {
  return [
    'CPU time of the server process per request, µs (and how many times the floor):',
    table(columns, peers, ({ main, toFloor }) =>
      toFloor === undefined ? figure(main) : `${figure(main)} (${ratio(toFloor)})`,
    ),
    'Requests per second (and 99th percentile of latency, µs):',
    table(
      columns,
      peers,
      ({ requestsPerSecond, p99Micros }) => `${figure(requestsPerSecond)} (${figure(p99Micros)})`,
    ),
  ];
}

/**
 * The tables for the README: CPU time with its ratio to the floor, then throughput and latency,
 * then memory; where figures come from several runs, each with its own.
 *
 * @param {readonly Published[]} entries
 * @param {readonly Scenario[]} scenarios In the order of the columns.
 * @param {readonly Peer[]} peers In the order of the rows.
 * @returns {string}
 */
export function markdownTables(entries, scenarios, peers) {
  const columns = scenarios.flatMap((scenario) => {
    const entry = entries.find((one) => one.scenario === scenario.name);
    return entry === undefined ? [] : [{ scenario, entry }];
  });
  let origin = '';
  const parts = tablesOf(columns).flatMap((group) => {
    const [{ scenario, entry }] = /** @type {[Column]} */ (group);
    const sentence = `Measured on ${entry.date}: ${entry.machine}; medians of ${entry.rounds} rounds.`;
    const heading = sentence === origin ? [] : [sentence];
    origin = sentence;
    if (scenario.kind === 'requests') return [...heading, ...requestTables(group, peers)];
    const count = scenario.connections.toLocaleString('en-US');
    return [
      ...heading,
      `Memory per idle connection, KiB (${count} of them):`,
      table(group, peers, ({ main }) => figure(main)),
    ];
  });
  return `${parts.join('\n\n')}\n`;
}
