import { invalidArgType } from '../errors.ts';
import { Opcode, type Broadcaster } from '../http/index.ts';
import { WebSocket } from './websocket.ts';

/** Options of `WebSocketGroup.send()`. */
export interface GroupSendOptions {
  /** A member that does not get the message. */
  except?: WebSocket;
}

/**
 * WebSockets that get the same messages. On the engine a message is made into a frame once, for all.
 * Members leave by themselves when they end.
 */
export class WebSocketGroup {
  readonly #members = new Set<WebSocket>();
  /** Those whose end is listened to, once however often they join. */
  readonly #known = new WeakSet<WebSocket>();
  /** Of the members on each host, while nobody joins or leaves. */
  #ids: Map<Broadcaster, Int32Array> | null = null;
  #others: WebSocket[] = [];

  /** How many members there are. */
  get size(): number {
    return this.#members.size;
  }

  /** Takes a WebSocket in; one that is closed is not. */
  add(socket: WebSocket): this {
    if (!(socket instanceof WebSocket)) throw invalidArgType('socket', 'a WebSocket', socket);
    if (socket.isClosed || this.#members.has(socket)) return this;
    this.#members.add(socket);
    this.#ids = null;
    if (!this.#known.has(socket)) {
      this.#known.add(socket);
      socket.onEnd(() => this.delete(socket));
    }
    return this;
  }

  /** Lets a WebSocket out; false when it was no member. */
  delete(socket: WebSocket): boolean {
    this.#ids = null;
    return this.#members.delete(socket);
  }

  /** Whether a WebSocket is a member. */
  has(socket: WebSocket): boolean {
    return this.#members.has(socket);
  }

  /** The members, in the order in which they joined. */
  [Symbol.iterator](): IterableIterator<WebSocket> {
    return this.#members.values();
  }

  /**
   * Sends a string as text, bytes as binary, to every member, without waiting and without compressing.
   * One that is slow gets it later, or is closed with 1008 above `maxBufferedBytes`.
   */
  send(message: string | Uint8Array, options: GroupSendOptions = {}): void {
    const isText = typeof message === 'string';
    if (!isText && !(message instanceof Uint8Array)) {
      throw invalidArgType('message', 'a string or a Uint8Array', message);
    }
    const { except } = options;
    const bytes = isText ? Buffer.from(message) : message;
    const opcode = isText ? Opcode.TEXT : Opcode.BINARY;
    for (const [broadcaster, ids] of this.#hosts()) {
      const isThere = except?.transport.broadcaster === broadcaster;
      const chosen = isThere ? ids.filter((id) => id !== except.transport.id) : ids;
      broadcaster.broadcast(chosen, opcode, bytes);
    }
    for (const socket of this.#others) if (socket !== except) socket.post(message);
  }

  #hosts(): Map<Broadcaster, Int32Array> {
    if (this.#ids !== null) return this.#ids;
    const lists = new Map<Broadcaster, number[]>();
    this.#others = [];
    for (const socket of this.#members) {
      const { broadcaster, id } = socket.transport;
      if (broadcaster === null) {
        this.#others.push(socket);
        continue;
      }
      const list = lists.get(broadcaster);
      if (list === undefined) lists.set(broadcaster, [id]);
      else list.push(id);
    }
    this.#ids = new Map([...lists].map(([host, list]) => [host, Int32Array.from(list)]));
    return this.#ids;
  }
}
