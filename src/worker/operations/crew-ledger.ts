import type { Crew } from '../arbiter/crew.ts';
import type { Beat } from '../arbiter/messages.ts';
import type { WorkerHandle } from '../arbiter/worker-handle.ts';
import { NO_TOTALS, sumTotals, type PlaceTotals } from './place-totals.ts';

/** How the last worker of a place ended. */
export interface LastExit {
  readonly at: Date;
  readonly label: string;
  readonly message: string;
}

interface PlaceRecord {
  starts: number;
  readonly exits: Record<string, number>;
  lastExit: LastExit | null;
  gone: PlaceTotals;
}

/**
 * Remembers what workers did that are gone, place by place, so that counts never go back.
 */
export class CrewLedger {
  readonly #crew: Crew;
  readonly #places = new Map<number, PlaceRecord>();
  /** Gone, but their last message may still be on its way. */
  readonly #leaving = new Set<WorkerHandle>();

  constructor(crew: Crew) {
    this.#crew = crew;
    crew.on('spawn', ({ place }) => {
      this.#recordOf(place).starts++;
    });
    crew.on('exit', (worker, { label, message }) => {
      const record = this.#recordOf(worker.place);
      record.exits[label] = (record.exits[label] ?? 0) + 1;
      record.lastExit = { at: new Date(), label, message };
      this.#settle();
      this.#leaving.add(worker);
    });
  }

  /** Places that ever had a worker, in order. */
  get places(): readonly number[] {
    return [...this.#places.keys()].sort((a, b) => a - b);
  }

  /** Workers that were started in a place after the first one. */
  restarts(place: number): number {
    return Math.max(0, this.#recordOf(place).starts - 1);
  }

  /** How many ended how, by the label of their `ExitReport`. */
  exits(place: number): Readonly<Record<string, number>> {
    return this.#recordOf(place).exits;
  }

  lastExit(place: number): LastExit | null {
    return this.#recordOf(place).lastExit;
  }

  totals(place: number): PlaceTotals {
    this.#settle();
    const living = [...this.#crew.workers, ...this.#leaving].filter(
      (worker) => worker.place === place,
    );
    return living.reduce(
      (total, { beat, state }) => add(total, state === 'gone' ? atEnd(beat) : beat),
      this.#recordOf(place).gone,
    );
  }

  #settle(): void {
    for (const worker of this.#leaving) {
      if (worker.isHeard) continue;
      this.#leaving.delete(worker);
      const record = this.#recordOf(worker.place);
      record.gone = add(record.gone, atEnd(worker.beat));
    }
  }

  #recordOf(place: number): PlaceRecord {
    const known = this.#places.get(place);
    if (known !== undefined) return known;
    const record = { starts: 0, exits: {}, lastExit: null, gone: NO_TOTALS };
    this.#places.set(place, record);
    return record;
  }
}

/** What a process that is gone had running was not answered: it counts as done, and as held no more. */
function atEnd(beat: Beat | null): Beat | null {
  return beat === null ? null : { ...beat, running: 0, connections: 0 };
}

function add(totals: PlaceTotals, beat: Beat | null): PlaceTotals {
  return beat === null ? totals : sumTotals(totals, beat);
}
