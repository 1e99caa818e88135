import { EventEmitter } from 'node:events';
import {
  addHandler,
  getProperty,
  removeHandler,
  setProperty,
  type CloseEvent,
  type ErrorEvent,
  type EventSource,
  type Handler,
  type MessageEvent,
  type OpenEvent,
} from './event-target.ts';

/** What the WebSocket of browsers has of events, beside those of node. */
export abstract class BrowserEvents extends EventEmitter implements EventSource {
  /** Whether both sides have said that they close. @internal */
  abstract get isClean(): boolean;

  get onopen(): ((event: OpenEvent) => void) | null {
    return getProperty(this, 'open') as never;
  }

  set onopen(handler: ((event: OpenEvent) => void) | null) {
    setProperty(this, 'open', handler);
  }

  get onmessage(): ((event: MessageEvent) => void) | null {
    return getProperty(this, 'message') as never;
  }

  set onmessage(handler: ((event: MessageEvent) => void) | null) {
    setProperty(this, 'message', handler);
  }

  get onclose(): ((event: CloseEvent) => void) | null {
    return getProperty(this, 'close') as never;
  }

  set onclose(handler: ((event: CloseEvent) => void) | null) {
    setProperty(this, 'close', handler);
  }

  get onerror(): ((event: ErrorEvent) => void) | null {
    return getProperty(this, 'error') as never;
  }

  set onerror(handler: ((event: ErrorEvent) => void) | null) {
    setProperty(this, 'error', handler);
  }

  addEventListener(type: string, handler: Handler, options: { once?: boolean } = {}): void {
    addHandler(this, type, handler, options.once === true);
  }

  removeEventListener(type: string, handler: Handler): void {
    removeHandler(this, type, handler);
  }
}
