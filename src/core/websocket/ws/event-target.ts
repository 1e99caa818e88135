import type { EventEmitter } from 'node:events';
import type { RawData } from './send-data.ts';

/** What has the events. */
export interface EventSource extends EventEmitter {
  /** Whether both sides have said that they close. */
  readonly isClean: boolean;
}

/** What listeners of browsers get of `open`. */
export interface OpenEvent {
  readonly type: string;
  readonly target: EventEmitter;
}

/** What listeners of browsers get of `message`: text as a string. */
export interface MessageEvent extends OpenEvent {
  readonly data: string | RawData;
}

/** What listeners of browsers get of `close`. */
export interface CloseEvent extends OpenEvent {
  readonly code: number;
  readonly reason: string;
  /** Whether both sides have said that they close. */
  readonly wasClean: boolean;
}

/** What listeners of browsers get of `error`. */
export interface ErrorEvent extends OpenEvent {
  readonly error: unknown;
  readonly message: string;
}

/** A listener, as a function or an object with one. */
export type Handler = ((event: never) => void) | { handleEvent(event: never): void };

/** What a listener was made of. */
interface Wrapper {
  (...given: unknown[]): void;
  handler?: Handler;
  isProperty?: boolean;
}

export type EventType = 'open' | 'message' | 'close' | 'error';

const KINDS: ReadonlySet<string> = new Set(['open', 'message', 'close', 'error']);

/** The events of browsers, made of those of node. */
const makers: Readonly<
  Record<EventType, (target: EventSource, given: readonly unknown[]) => OpenEvent>
> = {
  open: (target) => ({ type: 'open', target }),
  message: (target, [data, isBinary]) =>
    ({
      type: 'message',
      target,
      data: isBinary === true ? data : String(data),
    }) as MessageEvent,
  close: (target, [code, reason]) =>
    ({
      type: 'close',
      target,
      code,
      reason: String(reason),
      wasClean: target.isClean,
    }) as CloseEvent,
  error: (target, [error]) =>
    ({ type: 'error', target, error, message: (error as Error).message }) as ErrorEvent,
};

/** `addEventListener()`: adds a listener, once. */
export function addHandler(
  target: EventSource,
  type: string,
  handler: Handler,
  isOnce: boolean,
  isProperty = false,
): void {
  if (!KINDS.has(type) || (!isProperty && find(target, type, handler) !== undefined)) return;
  const wrapper: Wrapper = (...given) => {
    const event = makers[type as EventType](target, given) as never;
    if (typeof handler === 'function') handler.call(target, event);
    else handler.handleEvent(event);
  };
  wrapper.handler = handler;
  wrapper.isProperty = isProperty;
  if (isOnce) target.once(type, wrapper);
  else target.on(type, wrapper);
}

/** `removeEventListener()`. */
export function removeHandler(target: EventSource, type: string, handler: Handler): void {
  const wrapper = find(target, type, handler);
  if (wrapper !== undefined) target.removeListener(type, wrapper);
}

function find(target: EventEmitter, type: string, handler: Handler): Wrapper | undefined {
  return (target.listeners(type) as Wrapper[]).find(
    (each) => each.handler === handler && each.isProperty !== true,
  );
}

/** `onopen` and its like: the last one that was set. */
export function getProperty(target: EventEmitter, type: EventType): Handler | null {
  const found = (target.listeners(type) as Wrapper[]).find((each) => each.isProperty === true);
  return found?.handler ?? null;
}

export function setProperty(target: EventSource, type: EventType, handler: unknown): void {
  for (const each of target.listeners(type) as Wrapper[]) {
    if (each.isProperty === true) target.removeListener(type, each);
  }
  if (typeof handler === 'function') addHandler(target, type, handler as Handler, false, true);
}
