import { readFileSync } from 'node:fs';
import { requestMeterBounds } from '../../core/server/index.ts';
import type { Arbiter } from '../arbiter/arbiter.ts';
import type { WorkerHandle, WorkerState } from '../arbiter/worker-handle.ts';
import type { LogCounts } from '../arbiter/messages.ts';
import type { CrewLedger, LastExit } from './crew-ledger.ts';
import type { PlaceTotals } from './place-totals.ts';

/** One process. */
export interface WorkerStatus {
  /** Which of the places 0, 1, 2, … it fills. */
  readonly worker: number;
  readonly pid: number;
  readonly state: WorkerState;
  /** How often settings were read when it was started. */
  readonly revision: number;
  readonly uptimeSeconds: number;
  /** When the figures below were taken, in seconds of the arbiter's own clock. */
  readonly measuredAtSeconds: number;
  /** From its start until it served; null before. */
  readonly bootSeconds: number | null;
  readonly requests: number;
  readonly inFlight: number;
  readonly connections: number;
  readonly cpuSeconds: number;
  readonly rssBytes: number;
  readonly heapBytes: number;
  /** How late its last sign of life was. */
  readonly lagSeconds: number;
  /** Where its event loop is blocked: `function (file:line)`; null when it isn't. */
  readonly blockedIn: string | null;
  /** Requests by how long they took, in the buckets of `ArbiterStatus.boundsSeconds`, and one for more. */
  readonly durations: readonly number[];
}

/** One place, with all workers that it ever had. */
export interface PlaceStatus {
  readonly worker: number;
  readonly restarts: number;
  /** How many workers ended how. */
  readonly exits: Readonly<Record<string, number>>;
  readonly lastExit: LastExit | null;
  readonly totals: PlaceTotals;
}

/** Everything that one may want to know of an arbiter. */
export interface ArbiterStatus {
  readonly version: string;
  readonly pid: number;
  readonly target: string;
  /** `starting`, `serving`, `draining`, `quitting` or `stopped`. */
  readonly phase: string;
  /** Whether `/readyz` says yes. */
  readonly isReady: boolean;
  readonly revision: number;
  readonly startedAt: Date;
  readonly uptimeSeconds: number;
  readonly addresses: readonly string[];
  readonly workersWanted: number;
  readonly workersReady: number;
  readonly cpuSeconds: number;
  readonly rssBytes: number;
  /** Lines of the arbiter's own log. */
  readonly logs: LogCounts;
  readonly boundsSeconds: readonly number[];
  /** How reloads ended. */
  readonly reloads: Readonly<Record<string, number>>;
  readonly workers: readonly WorkerStatus[];
  readonly places: readonly PlaceStatus[];
}

const manifest = new URL('../../../package.json', import.meta.url);
const { version } = JSON.parse(readFileSync(manifest, 'utf8')) as { version: string };

/** Takes down how things are now. */
export function arbiterStatus(
  arbiter: Arbiter,
  ledger: CrewLedger,
  reloads: Readonly<Record<string, number>>,
): ArbiterStatus {
  const { crew } = arbiter;
  const { user, system } = process.cpuUsage();
  return {
    version,
    pid: arbiter.pid,
    target: arbiter.target,
    phase: arbiter.phase,
    isReady: unreadyReason(arbiter) === null,
    revision: arbiter.revision,
    startedAt: arbiter.startedAt,
    uptimeSeconds: (Date.now() - arbiter.startedAt.getTime()) / 1000,
    addresses: arbiter.addresses,
    workersWanted: crew.wanted,
    workersReady: crew.readyCount,
    cpuSeconds: (user + system) / 1e6,
    rssBytes: process.memoryUsage.rss(),
    logs: arbiter.log.counts,
    boundsSeconds: requestMeterBounds(),
    reloads,
    workers: crew.workers.map(workerStatus),
    places: ledger.places.map((worker) => ({
      worker,
      restarts: ledger.restarts(worker),
      exits: ledger.exits(worker),
      lastExit: ledger.lastExit(worker),
      totals: ledger.totals(worker),
    })),
  };
}

/** Why no new requests should be sent here; null when they may. */
export function unreadyReason({ phase, crew, settings }: Arbiter): string | null {
  if (phase !== 'serving') return phase;
  const { readyCount } = crew;
  const needed = Math.min(settings.readyWorkers, crew.wanted);
  return readyCount >= needed ? null : `${readyCount} of ${crew.wanted} workers serve`;
}

function workerStatus(worker: WorkerHandle): WorkerStatus {
  const { beat, blocked, readyAt, spawnedAt } = worker;
  return {
    worker: worker.place,
    pid: worker.pid,
    state: worker.state,
    revision: worker.generation.revision,
    uptimeSeconds: (performance.now() - spawnedAt) / 1000,
    measuredAtSeconds: worker.beatAt / 1000,
    bootSeconds: readyAt === null ? null : (readyAt - spawnedAt) / 1000,
    requests: beat?.requests ?? 0,
    inFlight: beat?.running ?? 0,
    connections: beat?.connections ?? 0,
    cpuSeconds: beat?.cpuSeconds ?? 0,
    rssBytes: beat?.rssBytes ?? 0,
    heapBytes: beat?.heapBytes ?? 0,
    lagSeconds: (beat?.lagMs ?? 0) / 1000,
    blockedIn: blocked === null ? null : (blocked.stack[0] ?? 'native code'),
    durations: beat?.durations ?? [],
  };
}
