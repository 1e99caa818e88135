import type { Message } from '../http/index.ts';
import type { MessageReceiver } from './message-receiver.ts';

/** Hands messages to a listener one after the other: `WebSocket.each()`. */
export class MessageLoop {
  readonly #receiver: MessageReceiver;
  readonly #listener: (message: Message) => unknown;
  /** Ends the promise of the loop. It fails with a rejected promise: a function less for each socket. */
  readonly #resolve: (result?: PromiseLike<void>) => void;

  constructor(
    receiver: MessageReceiver,
    listener: (message: Message) => unknown,
    resolve: (result?: PromiseLike<void>) => void,
  ) {
    this.#receiver = receiver;
    this.#listener = listener;
    this.#resolve = resolve;
  }

  /** Hands over what is there, then listens for more. */
  run(): void {
    for (;;) {
      const message = this.#receiver.next();
      this.#receiver.handles(false);
      if (message === undefined) break;
      if (message === null) {
        this.#resolve();
        return;
      }
      if (!this.deliver(message)) return;
    }
    this.#receiver.listen(this);
  }

  /** False: the next message has to wait. */
  deliver(message: Message): boolean {
    try {
      const listener = this.#listener;
      const given = listener(message) as PromiseLike<unknown> | undefined;
      if (typeof given?.then !== 'function') return true;
      this.#receiver.listen(null);
      this.#receiver.handles(true);
      given.then(
        () => {
          this.run();
        },
        (error: unknown) => {
          this.#fail(error);
        },
      );
    } catch (error) {
      this.#fail(error);
    }
    return false;
  }

  /** No message comes any more. */
  end(): void {
    this.#resolve();
  }

  #fail(error: unknown): void {
    this.#receiver.listen(null);
    const reason = error as Error;
    this.#resolve(Promise.reject(reason));
  }
}
