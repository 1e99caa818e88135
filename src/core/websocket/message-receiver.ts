import { getcurrent, wait } from '../hub/index.ts';
import { GudegError, invalidArgType } from '../errors.ts';
import type { FrameTransport, Message } from '../http/index.ts';
import { Inbox, type Waiter } from './inbox.ts';
import type { EachOptions } from './websocket-facts.ts';

/** Has one message; when it gives a promise, the next one comes when that is settled. */
export type MessageListener = (message: Message) => unknown;

/** A WebSocket, as its receiving half needs it. */
export interface ReceivingSocket {
  readonly transport: FrameTransport;
  /** No message comes any more. */
  readonly hasEnded: boolean;
  /** Everything that came was handled: the close frame that is due may leave. */
  answerClose(): void;
}

/**
 * The receiving half of a WebSocket: a message goes to a listener or to whoever waits, else it is kept.
 * Sockets are many and mostly wait, so there is nothing in here before somebody asks for it.
 */
export class MessageReceiver {
  readonly #socket: ReceivingSocket;
  #inbox: Inbox | null = null;
  /** Has the messages of `each()`. */
  #listener: MessageListener | null = null;
  /** Ends the promise of `each()`. It fails with a rejected promise: a function less for each socket. */
  #resolve: ((result?: PromiseLike<void>) => void) | null = null;
  /** The listener has all that came before: the next message is handed to it at once. */
  #isListening = false;
  /** A message was handed out, and nobody has asked for the next one. */
  #isHandling = false;

  constructor(socket: ReceivingSocket) {
    this.#socket = socket;
  }

  /** Something that came is not handled yet. */
  get isBusy(): boolean {
    return this.#isHandling || this.#inbox?.isEmpty === false;
  }

  /** The next message; null when there is none any more, undefined when none is there yet. */
  next(): Message | null | undefined {
    this.#isHandling = false;
    const message = this.#inbox?.take();
    if (message !== undefined) {
      this.#isHandling = true;
      return message;
    }
    this.#socket.answerClose();
    return this.#socket.hasEnded ? null : undefined;
  }

  /** Blocks the green thread. @throws GUDEG_ERR_HUB_BLOCKING outside of one when it would have to wait */
  wait(): Message | null {
    const message = this.next();
    if (message !== undefined) return message;
    requireGreenThread('wait()', 'await ws.waitAsync()');
    return this.#waitIn((promise) => wait(promise));
  }

  /** A wait that gives its message back when it is cut short. */
  #waitIn(park: (promise: Promise<Message | null>) => Message | null): Message | null {
    let given: Message | null | undefined;
    let wake: Waiter = () => undefined;
    const promise = new Promise<Message | null>((resolve) => {
      wake = (message): void => {
        given = message;
        resolve(message);
      };
    });
    const inbox = this.#openInbox();
    inbox.wait(wake);
    try {
      return park(promise);
    } catch (error) {
      if (!inbox.unwait(wake) && given !== undefined && given !== null) inbox.giveBack(given);
      throw error;
    }
  }

  /** An aborted signal rejects it, and no message is lost. */
  waitAsync(signal: AbortSignal | undefined): Promise<Message | null> {
    if (signal?.aborted === true) return Promise.reject(signal.reason as Error);
    const message = this.next();
    if (message !== undefined) return Promise.resolve(message);
    const inbox = this.#openInbox();
    if (signal === undefined) {
      return new Promise((resolve) => {
        inbox.wait(resolve);
      });
    }
    return new Promise((resolve, reject) => {
      const waiter: Waiter = (given) => {
        signal.removeEventListener('abort', onAbort);
        resolve(given);
      };
      const onAbort = (): void => {
        if (inbox.unwait(waiter)) reject(signal.reason as Error);
      };
      signal.addEventListener('abort', onAbort, { once: true });
      inbox.wait(waiter);
    });
  }

  /** Calls `listener` with each message; resolves when there are no more. */
  each(listener: MessageListener, options: EachOptions | undefined): Promise<void> {
    if (typeof listener !== 'function') throw invalidArgType('listener', 'a function', listener);
    if (this.#listener !== null) {
      throw new GudegError(
        'GUDEG_ERR_WEBSOCKET_BUSY',
        'each() runs already on this WebSocket; wait for its promise, or handle all messages in one listener',
      );
    }
    this.#socket.transport.lends = options?.borrow === true;
    return new Promise((resolve) => {
      this.#listener = listener;
      this.#resolve = resolve;
      this.#listen();
    });
  }

  /** Hands the listener what is there, then has it told of more. */
  #listen(): void {
    for (;;) {
      const message = this.next();
      this.#isHandling = false;
      if (message === undefined) break;
      if (message === null) {
        this.#endEach();
        return;
      }
      if (!this.#deliver(message)) return;
    }
    this.#isListening = true;
  }

  /** False: the next message has to wait. */
  #deliver(message: Message): boolean {
    try {
      const listener = this.#listener as MessageListener;
      const given = listener(message) as PromiseLike<unknown> | undefined;
      if (typeof given?.then !== 'function') return true;
      this.#isListening = false;
      this.#isHandling = true;
      given.then(
        () => {
          this.#listen();
        },
        (error: unknown) => {
          this.#failEach(error);
        },
      );
    } catch (error) {
      this.#failEach(error);
    }
    return false;
  }

  #failEach(error: unknown): void {
    const reason = error as Error;
    this.#endEach(Promise.reject(reason));
  }

  #endEach(result?: PromiseLike<void>): void {
    const resolve = this.#resolve;
    this.#isListening = false;
    this.#listener = this.#resolve = null;
    resolve?.(result);
  }

  /** A message has come. */
  put(message: Message): void {
    if (this.#isListening) this.#deliver(message);
    else if (this.#openInbox().put(this.own(message))) this.#isHandling = true;
  }

  /** What is kept of a message that may be a view of the transport's memory. */
  own<M extends string | Uint8Array>(message: M): M | Buffer {
    const isView = this.#socket.transport.lends === true && typeof message !== 'string';
    return isView ? Buffer.from(message) : message;
  }

  /** Nothing comes any more. */
  end(): void {
    this.#inbox?.end();
    if (this.#isListening) this.#endEach();
  }

  /** Stops and resumes receiving. */
  pause(isPaused: boolean): void {
    if (!this.#socket.hasEnded) this.#socket.transport.pause(isPaused);
  }

  #openInbox(): Inbox {
    return (this.#inbox ??= new Inbox(this));
  }
}

/** @throws GUDEG_ERR_HUB_BLOCKING outside a green thread */
export function requireGreenThread(call: string, cure: string): void {
  if (getcurrent() !== undefined) return;
  throw new GudegError(
    'GUDEG_ERR_HUB_BLOCKING',
    `WebSocket.${call} would block and was called outside a green thread; use \`${cure}\`, or run the handler in one`,
  );
}
