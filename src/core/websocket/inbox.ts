import type { Message } from '../http/index.ts';

/** Called with the next message; null when there is none any more. */
export type Waiter = (message: Message | null) => void;

/** Receiving pauses above so much, and goes on below half of it. */
const HIGH_WATER_BYTES = 65_536;
const HIGH_WATER_MESSAGES = 1024;

/** Messages that nobody has asked for yet, or those who ask for messages that have not come yet. */
export class Inbox {
  readonly #pause: (isPaused: boolean) => void;
  #messages: Message[] = [];
  #taken = 0;
  #bytes = 0;
  #waiters: Waiter[] = [];
  #isPaused = false;
  #isOver = false;

  constructor(pause: (isPaused: boolean) => void) {
    this.#pause = pause;
  }

  get isEmpty(): boolean {
    return this.#taken === this.#messages.length;
  }

  /** Nothing is there, and nothing will come. */
  get isOver(): boolean {
    return this.#isOver && this.isEmpty;
  }

  /** True when somebody has waited for it. */
  put(message: Message): boolean {
    const waiter = this.#waiters.shift();
    if (waiter !== undefined) {
      waiter(message);
      return true;
    }
    this.#messages.push(message);
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
      this.#messages = [];
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
    const waiter = this.#waiters.shift();
    if (waiter !== undefined) {
      waiter(message);
      return;
    }
    this.#messages.splice(this.#taken, 0, message);
    this.#bytes += message.length;
  }

  wait(waiter: Waiter): void {
    if (this.#isOver) waiter(null);
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
    this.#waiters = [];
    for (const waiter of waiters) waiter(null);
  }

  #regulate(): void {
    const count = this.#messages.length - this.#taken;
    const isFull = this.#bytes > HIGH_WATER_BYTES || count > HIGH_WATER_MESSAGES;
    const isLow = this.#bytes <= HIGH_WATER_BYTES / 2 && count <= HIGH_WATER_MESSAGES / 2;
    if (isFull === this.#isPaused || !(isFull || isLow) || this.#isOver) return;
    this.#isPaused = isFull;
    this.#pause(isFull);
  }
}
