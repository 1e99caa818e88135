import type { EngineFault } from '../native/index.ts';
import { EngineSession, type EngineRequest } from '../server/index.ts';
import type { HttpListener } from './http-listener.ts';
import type { HttpSocket } from './http-socket.ts';
import { continueBody, type BodySession } from './incoming-body.ts';
import { kEngineRequest } from './message-fields.ts';
import type { NodeRequest, NodeResponse } from './node-internals.ts';
import { endDirectly } from './response-end.ts';

/** One connection, as the engine tells of it; its socket is what applications see. */
export class HttpSession extends EngineSession implements BodySession {
  readonly listener: HttpListener;
  socket: HttpSocket | null = null;
  /** The request whose body waits for bytes. */
  waitingBody: NodeRequest | null = null;
  pausedBody: NodeRequest | null = null;
  /** The body of the running request broke the protocol. */
  isRefused = false;
  /** The response is complete, and its request is still being read. */
  endsAfterBody = false;
  /** The response whose answer goes to the engine past node's code. */
  directly: NodeResponse | null = null;

  constructor(listener: HttpListener, slot: number) {
    super(listener, slot);
    this.listener = listener;
  }

  openSocket(): HttpSocket {
    return (this.socket ??= this.listener.newSocket(this));
  }

  /** The body of the running request breaks the protocol. */
  refuseBody(fault: EngineFault): void {
    this.listener.onRefused(this, fault);
  }

  onBodyComplete(message: NodeRequest): void {
    if (this.waitingBody === message) this.waitingBody = null;
    if (!this.endsAfterBody) return;
    this.endsAfterBody = false;
    this.socket?.endAnswer();
    this.requestOver();
  }

  /** Does somebody still take the body of the running request? */
  isReading(message: NodeRequest): boolean {
    const request = message[kEngineRequest] as EngineRequest;
    return (
      request.hasBody &&
      message._consuming &&
      !message._dumped &&
      !message.complete &&
      !message.destroyed &&
      this.running === request
    );
  }

  override requestOver(): void {
    super.requestOver();
    const response = this.directly;
    if (response === null) return;
    this.directly = null;
    endDirectly(this.openSocket(), response);
  }

  override onReadable(): void {
    super.onReadable();
    const message = this.waitingBody;
    this.waitingBody = null;
    if (message !== null) continueBody(message);
    else this.socket?.onReadable();
  }

  override onWritable(): void {
    super.onWritable();
    this.socket?.onWritable();
  }

  override onPeerEnded(isInBody: boolean): void {
    this.socket?.onPeerEnded(isInBody);
  }

  override onClosed(reason: number): void {
    super.onClosed(reason);
    this.directly = null;
    this.socket?.onClosed();
  }
}
