import type { Message } from '../http/index.ts';

/** Called with the next message; null when there is none any more. */
export type Waiter = (message: Message | null) => void;

/** Who stops the messages when too many are kept. */
export interface Pausable {
  pause(isPaused: boolean): void;
}

/** Receiving pauses above so much, and goes on below half of it. */
const HIGH_WATER_BYTES = 65_536;
const HIGH_WATER_MESSAGES = 1024;
/** Never pushed to: an array that was pushed to once has room for 17. */
const NONE: never[] = [];

/** Messages that nobody has asked for yet, or those who ask for messages that have not come yet. */
export class Inbox {
  readonly #source: Pausable;
  #messages: Message[] = NONE;
  #taken = 0;
  #bytes = 0;
  #waiters: Waiter[] = NONE;
  #isPaused = false;
  #isOver = false;

  constructor(source: Pausable) {
    this.#source = source;
  }

  get isEmpty(): boolean {
    return this.#taken === this.#messages.length;
  }

  /** True when somebody has waited for it. */
  put(message: Message): boolean {
    const waiter = this.#takeWaiter();
    if (waiter !== undefined) {
      waiter(message);
      return true;
    }
    if (this.#messages === NONE) this.#messages = [message];
    else this.#messages.push(message);
    this.#bytes += message.length;
    this.#regulate();
    return false;
  }

  /** The next message, undefined when there is none now. */
  take(): Message | undefined {
    if (this.isEmpty) return undefined;
    const message = this.#messages[this.#taken++] as Message;
    this.#bytes -= message.length;
    if (this.isEmpty) {
      this.#messages = NONE;
      this.#taken = 0;
    } else if (this.#taken >= HIGH_WATER_MESSAGES) {
      this.#messages = this.#messages.slice(this.#taken);
      this.#taken = 0;
    }
    if (this.#isPaused) this.#regulate();
    return message;
  }

  /** Puts a message back that its taker did not live to see. */
  giveBack(message: Message): void {
    const waiter = this.#takeWaiter();
    if (waiter !== undefined) {
      waiter(message);
      return;
    }
    this.#messages = [message, ...this.#messages.slice(this.#taken)];
    this.#taken = 0;
    this.#bytes += message.length;
  }

  wait(waiter: Waiter): void {
    if (this.#isOver) waiter(null);
    else if (this.#waiters === NONE) this.#waiters = [waiter];
    else this.#waiters.push(waiter);
  }

  /** False when the waiter has been called. */
  unwait(waiter: Waiter): boolean {
    const index = this.#waiters.indexOf(waiter);
    if (index >= 0) this.#waiters.splice(index, 1);
    return index >= 0;
  }

  /** Nothing comes any more. */
  end(): void {
    this.#isOver = true;
    const waiters = this.#waiters;
    this.#waiters = NONE;
    for (const waiter of waiters) waiter(null);
  }

  #takeWaiter(): Waiter | undefined {
    const waiter = this.#waiters[0];
    if (this.#waiters.length > 1) this.#waiters.shift();
    else this.#waiters = NONE;
    return waiter;
  }

  #regulate(): void {
    const count = this.#messages.length - this.#taken;
    const isFull = this.#bytes > HIGH_WATER_BYTES || count > HIGH_WATER_MESSAGES;
    const isLow = this.#bytes <= HIGH_WATER_BYTES / 2 && count <= HIGH_WATER_MESSAGES / 2;
    if (isFull === this.#isPaused || !(isFull || isLow) || this.#isOver) return;
    this.#isPaused = isFull;
    this.#source.pause(isFull);
  }
}
