import type { SentStatus } from './control-client.ts';
import { showAge, showBytes, showDuration, showRate } from './figures.ts';
import { lastExitOf, restartsOf, statusHeading } from './status-text.ts';
import { textTable, type Column } from './text-table.ts';
import type { TopFigures, WorkerFigures } from './top-figures.ts';

type Row = SentStatus['workers'][number] & { readonly figures: WorkerFigures | null };

/** What `gudeg top` shows: lines about the arbiter, a line of titles, a line for each worker. */
export function topText(
  status: SentStatus,
  figures: TopFigures,
): { heading: string[]; titles: string; rows: string[] } {
  const workers = [...status.workers].sort((a, b) => a.worker - b.worker || a.pid - b.pid);
  const rows: Row[] = workers.map((each) => ({ ...each, figures: figures.of(each.pid) }));
  const [titles = '', ...lines] = textTable(columnsOf(status), rows);
  const sum = (value: (each: WorkerFigures) => number): number =>
    rows.reduce((total, { figures: each }) => total + (each === null ? 0 : value(each)), 0);
  const rate = showRate(sum(({ requestsPerSecond }) => requestsPerSecond));
  const cpu = showRate(sum(({ cpuPercent }) => cpuPercent));
  return {
    heading: [...statusHeading(status), `${rate} requests/s, ${cpu} % CPU`, ''],
    titles,
    rows: lines,
  };
}

function columnsOf(status: SentStatus): Column<Row>[] {
  const right = (title: string, cell: (row: Row) => string): Column<Row> => ({
    title,
    align: 'right',
    cell,
  });
  const left = (title: string, cell: (row: Row) => string): Column<Row> => ({
    title,
    align: 'left',
    cell,
  });
  const duration = (seconds: number | null | undefined): string =>
    typeof seconds === 'number' ? showDuration(seconds) : '-';
  return [
    right('WORKER', ({ worker }) => String(worker)),
    right('PID', ({ pid }) => String(pid)),
    left('STATE', ({ state, blockedIn }) => (blockedIn === null ? state : 'blocked')),
    left('AGE', ({ uptimeSeconds }) => showAge(uptimeSeconds)),
    right('REQ/S', ({ figures }) => (figures === null ? '-' : showRate(figures.requestsPerSecond))),
    right('IN FLIGHT', ({ inFlight }) => String(inFlight)),
    right('P50', ({ figures }) => duration(figures?.p50)),
    right('P99', ({ figures }) => duration(figures?.p99)),
    right('CPU %', ({ figures }) => (figures === null ? '-' : showRate(figures.cpuPercent))),
    right('RSS', ({ rssBytes }) => showBytes(rssBytes)),
    right('LAG', ({ lagSeconds }) => showDuration(lagSeconds)),
    right('RESTARTS', ({ worker }) => String(restartsOf(status, worker))),
    left('LAST EXIT', ({ worker, blockedIn }) => blockedIn ?? lastExitOf(status, worker)),
  ];
}
