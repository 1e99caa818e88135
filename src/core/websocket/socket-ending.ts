import type { WebSocketEnd } from './websocket-facts.ts';

/** How far a WebSocket is in closing, and who wants to know how it ends. */
export class SocketEnding {
  /** Our close frame has left. */
  isClosing = false;
  /** The peer has closed, and our close frame is due when everything before is handled. */
  due: { readonly end: WebSocketEnd; readonly reply: string } | null = null;
  end: WebSocketEnd | null = null;
  readonly listeners: ((end: WebSocketEnd) => void)[] = [];

  /** Either side has begun to close. */
  get hasBegun(): boolean {
    return this.isClosing || this.due !== null || this.end !== null;
  }

  /** Calls the listeners, once. */
  tell(end: WebSocketEnd): void {
    for (const listener of this.listeners.splice(0)) listener(end);
  }
}
