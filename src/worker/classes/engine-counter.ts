import { loadEngine } from '../../core/native/index.ts';
import { readRequestMeters } from '../../core/server/index.ts';
import type { WorkerCounts } from '../arbiter/messages.ts';
import { sumCounts } from '../arbiter/sum-counts.ts';

/** The counts of several servers of the engine together, also of those that are closed. */
export class EngineCounter {
  readonly #isMetered: boolean;
  readonly #open = new Set<number>();
  #retired: WorkerCounts;

  /** @param isMetered counts statuses and durations too */
  constructor(isMetered: boolean) {
    this.#isMetered = isMetered;
    this.#retired = this.#countsOf([]);
  }

  /** Counts a server that is about to listen. */
  add(server: number): void {
    this.#open.add(server);
    if (this.#isMetered) loadEngine().startMeter(server);
  }

  /** Keeps what a server has done; to be called while its end is told, when the engine still knows. */
  retire(server: number): void {
    if (!this.#open.delete(server)) return;
    const { accepted, requests, answers, ...measures } = this.#countsOf([server]);
    this.#retired = sumCounts(this.#retired, {
      ...measures,
      accepted,
      requests,
      answers,
      running: 0,
      connections: 0,
    });
  }

  read(): WorkerCounts {
    return sumCounts(this.#retired, this.#countsOf([...this.#open]));
  }

  #countsOf(servers: readonly number[]): WorkerCounts {
    const engine = loadEngine();
    const total = { running: 0, connections: 0, accepted: 0 };
    const answers = [0, 0, 0, 0, 0, 0];
    for (const server of servers) {
      const [accepted = 0, running = 0, ...kinds] = engine.serverCounts(server) ?? [];
      total.accepted += accepted;
      total.running += running;
      total.connections += engine.connectionCount(server);
      for (const [kind, count] of kinds.entries())
        answers[kind + 1] = (answers[kind + 1] ?? 0) + count;
    }
    const answered = answers.reduce((all, count) => all + count, 0);
    return {
      ...total,
      requests: total.running + answered,
      answers,
      ...(this.#isMetered ? readRequestMeters(servers) : {}),
    };
  }
}
