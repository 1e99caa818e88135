import { hub } from '../hub.ts';
import { Deadline } from '../timer-heap.ts';

/** One thing of a pool, and since when it exists and rests, by the hub's clock. */
export interface Resource<T> {
  readonly value: T;
  readonly createdMs: number;
  idleSinceMs: number;
}

interface IdleLimits<T> {
  readonly minCount: number;
  readonly isStack: boolean;
  readonly maxIdleMs: number;
  readonly maxAgeMs: number;
  readonly onExpired: (resource: Resource<T>) => void;
}

/** The resources of a pool that nobody uses, and the one timer that ends them in time. */
export class IdleResources<T> {
  readonly #limits: IdleLimits<T>;
  /** In the order in which they came back. */
  readonly #resources: Resource<T>[] = [];
  readonly #deadline = new Deadline(() => {
    this.#expire();
  });

  constructor(limits: IdleLimits<T>) {
    this.#limits = limits;
  }

  get length(): number {
    return this.#resources.length;
  }

  add(resource: Resource<T>): void {
    resource.idleSinceMs = hub.timers.clock.now();
    this.#resources.push(resource);
    const isLater = this.#resources.length > this.#limits.minCount + 1;
    if (!this.#deadline.isArmed || !isLater) this.#rearm();
  }

  /** The next to be used. */
  take(): Resource<T> | undefined {
    const resource = this.#limits.isStack ? this.#resources.pop() : this.#resources.shift();
    if (this.#resources.length === 0) hub.timers.disarm(this.#deadline);
    return resource;
  }

  isTooOld({ createdMs }: Resource<T>): boolean {
    return hub.timers.clock.now() - createdMs >= this.#limits.maxAgeMs;
  }

  #expire(): void {
    const now = hub.timers.clock.now();
    for (const resource of [...this.#resources]) {
      if (this.#endsMs(resource) > now) continue;
      this.#resources.splice(this.#resources.indexOf(resource), 1);
      this.#limits.onExpired(resource);
    }
    this.#rearm();
  }

  /** When it has to go, as things stand: the first ones may rest for ever while only they are left. */
  #endsMs({ createdMs, idleSinceMs }: Resource<T>): number {
    const { minCount, maxIdleMs, maxAgeMs } = this.#limits;
    const idleEndsMs = this.#resources.length > minCount ? idleSinceMs + maxIdleMs : Infinity;
    return Math.min(createdMs + maxAgeMs, idleEndsMs);
  }

  #rearm(): void {
    const nextMs = Math.min(...this.#resources.map((each) => this.#endsMs(each)));
    if (nextMs === Infinity) hub.timers.disarm(this.#deadline);
    else hub.timers.arm(this.#deadline, nextMs - hub.timers.clock.now());
  }
}
