import type { SentStatus } from './control-client.ts';
import { showAge, showBytes, showDuration } from './figures.ts';
import { textTable, type Column } from './text-table.ts';

type WorkerRow = SentStatus['workers'][number];

/** What one says of an arbiter in general, for people. */
export function statusHeading(status: SentStatus): string[] {
  const { version, target, pid, phase, uptimeSeconds, revision, addresses } = status;
  const reloaded = revision === 0 ? '' : `, revision ${revision}`;
  const ready = status.isReady ? '' : ', not ready';
  return [
    `gudeg ${version}: ${target}, ${phase}${ready} (pid ${pid}, for ${showAge(uptimeSeconds)}${reloaded})`,
    ...addresses.map((address) => `on ${address}`),
    `${status.workersReady} of ${status.workersWanted} workers serve`,
  ];
}

/** `gudeg ctl status`: the arbiter, its workers, and how workers ended. */
export function statusText(status: SentStatus): string {
  const columns: Column<WorkerRow>[] = [
    { title: 'WORKER', align: 'right', cell: ({ worker }) => String(worker) },
    { title: 'PID', align: 'right', cell: ({ pid }) => String(pid) },
    { title: 'STATE', align: 'left', cell: ({ state }) => state },
    { title: 'AGE', align: 'left', cell: ({ uptimeSeconds }) => showAge(uptimeSeconds) },
    { title: 'REQUESTS', align: 'right', cell: ({ requests }) => String(requests) },
    { title: 'IN FLIGHT', align: 'right', cell: ({ inFlight }) => String(inFlight) },
    { title: 'CONNECTIONS', align: 'right', cell: ({ connections }) => String(connections) },
    { title: 'RSS', align: 'right', cell: ({ rssBytes }) => showBytes(rssBytes) },
    { title: 'LAG', align: 'right', cell: ({ lagSeconds }) => showDuration(lagSeconds) },
    { title: 'RESTARTS', align: 'right', cell: ({ worker }) => String(restartsOf(status, worker)) },
    { title: 'LAST EXIT', align: 'left', cell: ({ worker }) => lastExitOf(status, worker) },
  ];
  const lines = [...statusHeading(status), '', ...textTable(columns, status.workers)];
  return `${lines.join('\n')}\n`;
}

export function restartsOf({ places }: SentStatus, worker: number): number {
  return places.find((place) => place.worker === worker)?.restarts ?? 0;
}

/** How the worker before this one ended: `max_requests`, `code_1`, `SIGKILL`, …. */
export function lastExitOf({ places }: SentStatus, worker: number): string {
  return places.find((place) => place.worker === worker)?.lastExit?.label ?? '';
}
