import type { ResponseHead } from './client-response.ts';

/** What a handler of undici 7 can hold its response back with. */
export interface DispatchController {
  readonly paused: boolean;
  readonly aborted: boolean;
  readonly reason: Error | null;
  readonly rawHeaders: Buffer[] | null;
  readonly rawTrailers: Buffer[] | null;
  /** Holds the body back until `resume()`. */
  pause(): void;
  /** Lets the body go on. */
  resume(): void;
  /** Gives the request up; the handler is told `reason`. */
  abort(reason: Error): void;
}

type Fields = Record<string, string | string[]>;

/** Who undici tells what comes of a request: its handlers since version 7, or those before. */
export interface DispatchHandler {
  /** The request is about to be written (undici 7). */
  onRequestStart?(controller: DispatchController, context: unknown): void;
  /** The head of an answer, also of a 1xx one (undici 7). */
  onResponseStart?(
    controller: DispatchController,
    status: number,
    headers: Fields,
    reason?: string,
  ): void;
  /** A piece of the body (undici 7). */
  onResponseData?(controller: DispatchController, data: Buffer): void;
  /** The body is whole (undici 7). */
  onResponseEnd?(controller: DispatchController, trailers: Fields): void;
  /** Nothing more comes, for this reason (undici 7). */
  onResponseError?(controller: DispatchController, error: Error): void;

  /** The request is about to be written (before undici 7). */
  onConnect?(abort: (reason?: Error) => void, context?: unknown): void;
  /** The head of an answer; `false` holds the body back (before undici 7). */
  onHeaders?(status: number, rawHeaders: Buffer[], resume: () => void, reason: string): unknown;
  /** A piece of the body; `false` holds the next one back (before undici 7). */
  onData?(data: Buffer): unknown;
  /** The body is whole (before undici 7). */
  onComplete?(rawTrailers: Buffer[]): void;
  /** Nothing more comes, for this reason (before undici 7). */
  onError?(error: Error): void;
}

/** Tells a handler of either kind what comes, no faster than it wants to hear it. */
export class DispatchReceiver implements DispatchController {
  readonly #handler: DispatchHandler;
  readonly #isNew: boolean;
  readonly #controller = new AbortController();
  #resumed: Promise<void> | null = null;
  #resume: (() => void) | null = null;
  rawHeaders: Buffer[] | null = null;
  rawTrailers: Buffer[] | null = null;

  constructor(handler: DispatchHandler) {
    this.#handler = handler;
    this.#isNew = typeof handler.onRequestStart === 'function';
  }

  /** Aborted when the handler wants nothing more. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  get paused(): boolean {
    return this.#resumed !== null;
  }

  get aborted(): boolean {
    return this.signal.aborted;
  }

  get reason(): Error | null {
    return this.aborted ? (this.signal.reason as Error) : null;
  }

  pause(): void {
    this.#resumed ??= new Promise((resolve) => (this.#resume = resolve));
  }

  resume(): void {
    this.#resume?.();
    this.#resumed = this.#resume = null;
  }

  abort(reason?: Error): void {
    this.#controller.abort(reason);
    this.resume();
  }

  onStart(): void {
    if (this.#isNew) this.#handler.onRequestStart?.(this, {});
    else {
      this.#handler.onConnect?.((reason) => {
        this.abort(reason);
      });
    }
    this.signal.throwIfAborted();
  }

  /** Resolves when the body may follow. */
  async onHead({ status, reason, rawHeaders }: ResponseHead): Promise<void> {
    this.rawHeaders = asBuffers(rawHeaders);
    if (this.#isNew) {
      this.#handler.onResponseStart?.(this, status, asFields(rawHeaders), reason);
    } else {
      const resume = (): void => {
        this.resume();
      };
      if (this.#handler.onHeaders?.(status, this.rawHeaders, resume, reason) === false) {
        this.pause();
      }
    }
    // An interim response has no body that could wait.
    if (status < 200) this.resume();
    await this.#goOn();
  }

  async onData(data: Buffer): Promise<void> {
    if (this.#isNew) this.#handler.onResponseData?.(this, data);
    else if (this.#handler.onData?.(data) === false) this.pause();
    await this.#goOn();
  }

  onEnd(trailers: Readonly<Record<string, string>> | null): void {
    this.rawTrailers = asBuffers(Object.entries(trailers ?? {}).flat());
    if (this.#isNew) this.#handler.onResponseEnd?.(this, { ...trailers });
    else this.#handler.onComplete?.(this.rawTrailers);
  }

  onError(error: unknown): void {
    if (this.#isNew) this.#handler.onResponseError?.(this, error as Error);
    else this.#handler.onError?.(error as Error);
  }

  async #goOn(): Promise<void> {
    if (this.#resumed !== null) await this.#resumed;
    this.signal.throwIfAborted();
  }
}

function asBuffers(texts: readonly string[]): Buffer[] {
  return texts.map((text) => Buffer.from(text, 'latin1'));
}

function asFields(rawHeaders: readonly string[]): Fields {
  const fields: Fields = {};
  for (let i = 0; i + 1 < rawHeaders.length; i += 2) {
    const name = (rawHeaders[i] as string).toLowerCase();
    const value = rawHeaders[i + 1] as string;
    const earlier = fields[name];
    fields[name] = earlier === undefined ? value : [earlier, value].flat();
  }
  return fields;
}
