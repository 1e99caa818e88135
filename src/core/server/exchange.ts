import {
  ControlIndex,
  EVENT_INTS,
  EventKind,
  RequestFlag,
  RequestIndex,
  TARGET_REFRESH,
  loadEngine,
  readTlsFailure,
  type Engine,
  type EngineFault,
  type TlsFailure,
} from '../native/index.ts';
import type { FrameSettings } from '../http/index.ts';
import { AnswerWriter } from './answer-writer.ts';
import { EngineRequest } from './engine-request.ts';
import { HeadFields } from './head-fields.ts';
import type { EngineSession, MessageSink } from './engine-session.ts';
import { MessageReader } from './message-reader.ts';
import { MessageWriter } from './message-writer.ts';
import type { ServerContext } from './server-context.ts';
import { TurnContext } from './turn-context.ts';

/** What the exchange tells a server. */
export interface ExchangeServer {
  /** What its events happen in; null for a context that is empty. */
  readonly context: ServerContext | null;
  newSession(slot: number): EngineSession;
  onRequest(session: EngineSession, request: EngineRequest): void;
  onOpened(session: EngineSession): void;
  onRefused(session: EngineSession | undefined, fault: EngineFault): void;
  onAcceptBackoff(errno: number): void;
  onTooManyConnections(): void;
  /** A handshake of TLS failed; `slot` may tell who the peer is. */
  onTlsFailed(slot: number, failure: TlsFailure): void;
  /** A handshake waits for `chooseTlsContext()`; only of contexts that ask. */
  onTlsContextWanted?(session: EngineSession): void;
  onClosed(): void;
}

const receive = (session: EngineSession, request: EngineRequest): void => {
  session.server.onRequest(session, request);
};

const receiveMessage = (sink: MessageSink, message: string | Buffer): void => {
  sink.onMessage(message);
};

const receiveText = (sink: MessageSink, message: string | Buffer): void => {
  sink.onText?.(message as Buffer);
};

/** A connection whose frames the engine makes: by its slot, as long as the sink is not told of its end. */
export interface FramedConnection {
  readonly exchange: Exchange;
  readonly slot: number;
}

function throwLater(error: unknown): void {
  process.nextTick(() => {
    throw error;
  });
}

/**
 * The meeting point with the engine, one per thread. Once per loop turn the engine calls `#dispatch`
 * with everything that happened: requests go to their servers, the rest to the sessions.
 *
 * A session is found by its slot, the engine's number of a connection; a slot is given again only
 * after its closed event was dispatched.
 */
export class Exchange {
  static #ofThisThread: Exchange | undefined;

  /** @throws GUDEG_ERR_NATIVE_UNAVAILABLE */
  static get(): Exchange {
    return (Exchange.#ofThisThread ??= new Exchange());
  }

  readonly engine: Engine;
  readonly methods: readonly string[];
  readonly faults: readonly EngineFault[];
  readonly control: Int32Array;
  /** The arena as bytes: request heads and bodies, as long as the epoch doesn't change. */
  readonly arena: Buffer;
  readonly fields: HeadFields;
  readonly answers: AnswerWriter;
  readonly messages: MessageReader;
  readonly outgoing: MessageWriter;
  /** The event records of the call that runs, as long as the epoch doesn't change. */
  readonly events: Int32Array;
  readonly #context = new TurnContext();
  readonly #webSocketConfigs = new WeakMap<FrameSettings, number>();
  readonly #targets: string[] = [];
  readonly #sessions: (EngineSession | undefined)[] = [];
  readonly #actions: ((subject: unknown) => void)[] = [];
  readonly #subjects: unknown[] = [];
  #isDispatching = false;
  readonly #servers: (ExchangeServer | undefined)[] = [];

  private constructor() {
    this.engine = loadEngine();
    const memory = this.engine.open((count) => {
      this.#dispatch(count);
    }, this.#context.resource);
    // The context of whoever needed the engine first is not that of requests.
    this.#context.clear();
    this.methods = memory.methods;
    this.faults = memory.faults;
    this.control = new Int32Array(memory.control);
    this.arena = Buffer.from(memory.arena);
    this.fields = new HeadFields(memory.arena, memory.fieldNames);
    const answerInts = new Int32Array(memory.answers);
    const answerBytes = Buffer.from(memory.answerBytes);
    this.answers = new AnswerWriter(this.engine, this.control, answerInts, answerBytes);
    this.outgoing = new MessageWriter(this.engine, this.control, answerInts, answerBytes);
    this.events = new Int32Array(memory.events);
    this.messages = new MessageReader(this.engine, this.arena, this.events);
  }

  /** The engine's number of what the sockets of one gateway have in common. */
  webSocketConfig(settings: FrameSettings): number {
    let config = this.#webSocketConfigs.get(settings);
    if (config === undefined) {
      config = this.engine.addWebSocketConfig({
        ...settings,
        answersPings: settings.answersPings ?? true,
        closesWithServer: settings.closesWithServer ?? true,
      });
      this.#webSocketConfigs.set(settings, config);
    }
    return config;
  }

  addServer(id: number, server: ExchangeServer): void {
    this.#servers[id] = server;
  }

  /** Whether the engine's call runs, up to its end. */
  get isDispatching(): boolean {
    return this.#isDispatching;
  }

  /** Calls `action(subject)` when all events of the running call were dispatched. */
  atEndOfCall<T>(action: (subject: T) => void, subject: T): void {
    this.#actions.push(action as (subject: unknown) => void);
    this.#subjects.push(subject);
  }

  #dispatch(count: number): void {
    this.#isDispatching = true;
    this.#dispatchAll(count);
    // To empty an array costs a call into V8's runtime, even where nothing is in it.
    if (this.#actions.length !== 0) this.#runActions();
    this.#isDispatching = false;
  }

  #runActions(): void {
    for (let i = 0; i < this.#actions.length; i++) {
      try {
        (this.#actions[i] as (subject: unknown) => void)(this.#subjects[i]);
      } catch (error) {
        throwLater(error);
      }
    }
    this.#actions.length = this.#subjects.length = 0;
  }

  #dispatchAll(count: number): void {
    let i = 0;
    while (i < count) {
      try {
        while (i < count) this.#dispatchOne(i++ * EVENT_INTS);
      } catch (error) {
        // A listener threw. It is an uncaught exception, but the other connections must not notice.
        throwLater(error);
      }
    }
  }

  #dispatchOne(base: number): void {
    const head = this.events[base] as number;
    if ((head & 0xff) === EventKind.REQUEST) this.#dispatchRequest(base, head);
    else if ((head & 0xff) === EventKind.MESSAGE) this.#dispatchMessage(base);
    else this.#dispatchInContext(base);
  }

  #dispatchRequest(base: number, head: number): void {
    const events = this.events;
    const slot = events[base + RequestIndex.SLOT] as number;
    const flags = head >>> 20;
    let session = this.#sessions[slot];
    if (session === undefined || (flags & RequestFlag.FIRST) !== 0) {
      const server = this.#servers[events[base + RequestIndex.SERVER] as number] as ExchangeServer;
      this.#sessions[slot] = session = server.newSession(slot);
    }
    const ref = events[base + RequestIndex.TARGET_REF] as number;
    let uri: string;
    if (ref >= 0 && ref < TARGET_REFRESH) {
      uri = this.#targets[ref] as string;
    } else {
      const start = events[base + RequestIndex.TARGET_OFFSET] as number;
      const end = start + (events[base + RequestIndex.TARGET_LENGTH] as number);
      uri = this.arena.toString('latin1', start, end);
      if (ref >= 0) this.#targets[ref - TARGET_REFRESH] = uri;
    }
    const method = this.methods[(head >>> 8) & 0xff] as string;
    const request = new EngineRequest(
      session,
      method === '' ? this.#methodName(base) : method,
      uri,
      head >>> 16,
      base,
      this.control[ControlIndex.EPOCH] as number,
    );
    (session.server.context ?? this.#context).run(receive, session, request);
  }

  #dispatchMessage(base: number): void {
    const slot = this.events[base + 1] as number;
    const session = this.#sessions[slot];
    if (session?.sink == null) return;
    const { sink } = session;
    const context = session.server.context ?? this.#context;
    if (sink.wantsBytes === true) {
      const bytes = this.messages.readBytes(slot, base);
      const give = this.messages.isText(base) ? receiveText : receiveMessage;
      if (bytes !== null) context.run(give, sink, bytes);
      return;
    }
    const message =
      sink.lends === true ? this.messages.lend(slot, base) : this.messages.read(slot, base);
    if (message !== null) context.run(receiveMessage, sink, message);
  }

  /** A method that has no number lies right before the space before the target. */
  #methodName(base: number): string {
    const start = this.events[base + RequestIndex.METHOD_OFFSET] as number;
    const end = (this.events[base + RequestIndex.TARGET_OFFSET] as number) - 1;
    return this.arena.toString('latin1', start, end);
  }

  #dispatchInContext(base: number): void {
    const slot = this.events[base + 1] as number;
    const server =
      (slot < 0 ? undefined : this.#sessions[slot]?.server) ??
      this.#servers[this.events[base + RequestIndex.SERVER] as number];
    const context = server?.context ?? null;
    if (context === null) this.#dispatchOther(base);
    else context.run(Exchange.#tellOther, this, base);
  }

  static readonly #tellOther = (exchange: Exchange, base: number): void => {
    exchange.#dispatchOther(base);
  };

  #dispatchOther(base: number): void {
    const events = this.events;
    const kind = (events[base] as number) & 0xff;
    const slot = events[base + 1] as number;
    const detail = events[base + 2] as number;
    const session = slot < 0 ? undefined : this.#sessions[slot];
    const server = this.#servers[events[base + RequestIndex.SERVER] as number];
    switch (kind) {
      case EventKind.READABLE:
        session?.onReadable();
        break;
      case EventKind.WRITABLE:
        session?.onWritable();
        break;
      case EventKind.CLOSED:
        this.#sessions[slot] = undefined;
        session?.onClosed(detail);
        break;
      case EventKind.ANSWER_REFUSED: {
        const start = events[base + 3] as number;
        const end = start + (events[base + 4] as number);
        const text = this.arena.toString('latin1', start, end);
        const nameLength = events[base + 5] as number;
        const shown =
          nameLength === 0 ? text : `${text.slice(0, nameLength)}: ${text.slice(nameLength)}`;
        session?.onAnswerRefused(this.faults[detail] as EngineFault, shown);
        break;
      }
      case EventKind.CONTROL_FRAME:
        session?.sink?.onControlFrame(detail, this.messages.bytes(base));
        break;
      case EventKind.WEB_SOCKET_END:
        session?.sink?.onEnd(detail & 0xffff, this.messages.bytes(base).toString(), detail >>> 16);
        break;
      case EventKind.FILE_SENT:
        session?.onFileSent(detail);
        break;
      case EventKind.OPENED: {
        // One is there where a handshake had to wait.
        const opened = (this.#sessions[slot] ??= (server as ExchangeServer).newSession(slot));
        opened.server.onOpened(opened);
        break;
      }
      case EventKind.REFUSED:
        if (server === undefined) break;
        server.onRefused(
          slot < 0 ? undefined : (session ?? (this.#sessions[slot] = server.newSession(slot))),
          this.faults[detail] as EngineFault,
        );
        break;
      case EventKind.PEER_ENDED:
        session?.onPeerEnded(detail !== 0);
        break;
      case EventKind.ACCEPT_BACKOFF:
        server?.onAcceptBackoff(detail);
        break;
      case EventKind.TOO_MANY_CONNECTIONS:
        server?.onTooManyConnections();
        break;
      case EventKind.TLS_FAILED:
        server?.onTlsFailed(slot, readTlsFailure(events, base));
        break;
      case EventKind.TLS_CONTEXT_WANTED: {
        const asking = (this.#sessions[slot] = (server as ExchangeServer).newSession(slot));
        server?.onTlsContextWanted?.(asking);
        break;
      }
      case EventKind.SERVER_CLOSED:
        this.#servers[events[base + RequestIndex.SERVER] as number] = undefined;
        server?.onClosed();
        break;
    }
  }
}
