import { EventEmitter } from 'node:events';
import {
  addHandler,
  getProperty,
  removeHandler,
  setProperty,
  type CloseEvent,
  type ErrorEvent,
  type Handler,
  type MessageEvent,
  type OpenEvent,
} from './event-target.ts';

/** What the WebSocket of browsers has of events, beside those of node. */
export abstract class BrowserEvents extends EventEmitter {
  /** Whether both sides have said that they close. @internal */
  abstract get isClean(): boolean;

  /** Called when the socket is open. */
  get onopen(): ((event: OpenEvent) => void) | null {
    return getProperty(this, 'open') as never;
  }

  /** Replaces what is called; null: nothing. */
  set onopen(handler: ((event: OpenEvent) => void) | null) {
    setProperty(this, 'open', handler);
  }

  /** Called with each message. */
  get onmessage(): ((event: MessageEvent) => void) | null {
    return getProperty(this, 'message') as never;
  }

  /** Replaces what is called; null: nothing. */
  set onmessage(handler: ((event: MessageEvent) => void) | null) {
    setProperty(this, 'message', handler);
  }

  /** Called when the socket is closed. */
  get onclose(): ((event: CloseEvent) => void) | null {
    return getProperty(this, 'close') as never;
  }

  /** Replaces what is called; null: nothing. */
  set onclose(handler: ((event: CloseEvent) => void) | null) {
    setProperty(this, 'close', handler);
  }

  /** Called with what went wrong. */
  get onerror(): ((event: ErrorEvent) => void) | null {
    return getProperty(this, 'error') as never;
  }

  /** Replaces what is called; null: nothing. */
  set onerror(handler: ((event: ErrorEvent) => void) | null) {
    setProperty(this, 'error', handler);
  }

  /** Adds a handler of `open`, `message`, `close` or `error` that gets an event object. */
  addEventListener(type: string, handler: Handler, options: { once?: boolean } = {}): void {
    addHandler(this, type, handler, options.once === true);
  }

  /** Takes away what `addEventListener()` added. */
  removeEventListener(type: string, handler: Handler): void {
    removeHandler(this, type, handler);
  }
}
