import type { Message } from '../http/index.ts';

/** A message that waits until the peer has taken some of those before it. */
export interface OutgoingMessage {
  readonly data: Message | Uint8Array;
  readonly isCompressed: boolean;
  resolve(): void;
  reject(error: Error): void;
}

/** Messages that wait, in order. */
export class Outbox {
  readonly #messages = new Set<OutgoingMessage>();

  get isEmpty(): boolean {
    return this.#messages.size === 0;
  }

  add(message: OutgoingMessage): void {
    this.#messages.add(message);
  }

  /** Takes a message back; false when it has left. */
  remove(message: OutgoingMessage): boolean {
    return this.#messages.delete(message);
  }

  /** Hands messages over, the oldest first, as long as `take` says true. */
  drain(take: (message: OutgoingMessage) => boolean): void {
    for (const message of this.#messages) {
      if (!take(message)) return;
      this.#messages.delete(message);
      message.resolve();
    }
  }

  fail(error: Error): void {
    const messages = [...this.#messages];
    this.#messages.clear();
    for (const message of messages) message.reject(error);
  }
}
