import type { Message } from '../http/index.ts';

/** Takes a message; false when there is no room for it. */
export type OutgoingSink = (data: Message | Uint8Array, isCompressed: boolean) => boolean;

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

  /** Keeps a message until there is room; `sent` resolves then. */
  add(
    data: Message | Uint8Array,
    isCompressed: boolean,
  ): { readonly entry: OutgoingMessage; readonly sent: Promise<void> } {
    let entry!: OutgoingMessage;
    const sent = new Promise<void>((resolve, reject) => {
      entry = { data, isCompressed, resolve, reject };
      this.#messages.add(entry);
    });
    return { entry, sent };
  }

  /** Takes a message back; false when it has left. */
  remove(message: OutgoingMessage): boolean {
    return this.#messages.delete(message);
  }

  /** Hands messages over, the oldest first, as long as there is room. */
  drain(take: OutgoingSink): void {
    for (const message of this.#messages) {
      if (!take(message.data, message.isCompressed)) return;
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
