import { figure, ratio } from './figures.js';

const requestColumns = [
  '',
  'requests/s',
  'CPU µs',
  '÷ floor',
  '÷ node',
  'p50 µs',
  'p99 µs',
  'spread',
];
const clientColumns = ['', 'per s', 'µs', '÷ floor', '÷ node', 'CPU µs', 'p50 µs', 'spread'];
const idleColumns = ['', 'KiB each', '÷ floor', '÷ node', 'spread'];

/** @type {Readonly<Record<import('../scenarios/index.js').Scenario['kind'], readonly string[]>>} */
const COLUMNS = {
  requests: requestColumns,
  'fan-out': requestColumns,
  idle: idleColumns,
  client: clientColumns,
};

/** @type {Readonly<Record<string, string>>} */
const BASELINES = {
  'ws-ws': '÷ ws',
  'undici-client': '÷ undici',
  'tls-node-https': '÷ https',
  'tls-node': '÷ node:tls',
};

/**
 * @param {import('../scenarios/index.js').Scenario} scenario
 * @param {readonly import('./summary.js').Summary[]} summaries
 * @returns {string}
 */
export function terminalTable(scenario, summaries) {
  const rows = summaries.map(({ title, median, main, toFloor, toNodeHttp, spread }) => {
    const compared = [figure(main), ratio(toFloor), ratio(toNodeHttp)];
    const spreadText = `${Math.round(spread * 100)} %`;
    if (scenario.kind === 'client') {
      const own = [figure(median.cpuMicros), figure(median.p50Micros)];
      return [title, figure(median.requestsPerSecond), ...compared, ...own, spreadText];
    }
    return scenario.kind === 'idle'
      ? [title, ...compared, spreadText]
      : [
          title,
          figure(median.requestsPerSecond),
          ...compared,
          figure(median.p50Micros),
          figure(median.p99Micros),
          spreadText,
        ];
  });
  const columns = COLUMNS[scenario.kind];
  const header = columns.map((name) =>
    name === '÷ node' ? (BASELINES[scenario.baseline ?? ''] ?? name) : name,
  );
  const widths = header.map((name, column) =>
    Math.max(name.length, ...rows.map((row) => row[column]?.length ?? 0)),
  );
  const lines = [header, ...rows].map((row) =>
    row
      .map((cell, column) => {
        const width = widths[column] ?? 0;
        return column === 0 ? cell.padEnd(width) : cell.padStart(width);
      })
      .join('  '),
  );
  return `${scenario.title}\n${lines.map((line) => `  ${line}`).join('\n')}\n`;
}
