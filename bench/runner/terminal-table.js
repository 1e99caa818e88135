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
const idleColumns = ['', 'KiB each', '÷ floor', '÷ node', 'spread'];

/**
 * @param {import('../scenarios/index.js').Scenario} scenario
 * @param {readonly import('./summary.js').Summary[]} summaries
 * @returns {string}
 */
export function terminalTable(scenario, summaries) {
  const rows = summaries.map(({ title, median, main, toFloor, toNodeHttp, spread }) => {
    const compared = [figure(main), ratio(toFloor), ratio(toNodeHttp)];
    const spreadText = `${Math.round(spread * 100)} %`;
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
  const columns = scenario.kind === 'idle' ? idleColumns : requestColumns;
  const header = columns.map((name) =>
    name === '÷ node' && scenario.baseline === 'ws-ws' ? '÷ ws' : name,
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
