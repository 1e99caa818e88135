import { GudegTypeError, describeValue, invalidArgType } from '../errors.ts';
import { endIteration } from './end-iteration.ts';

/** Bytes, or text that goes out as UTF-8. */
export type BodyItem = Uint8Array | string;

/** An item of an output body as bytes. @throws GUDEG_ERR_BODY_SOURCE */
export function itemBytes(className: string, item: unknown): Uint8Array {
  if (item instanceof Uint8Array) return item;
  if (typeof item === 'string') return Buffer.from(item);
  throw new GudegTypeError(
    'GUDEG_ERR_BODY_SOURCE',
    `${className} items must be a Uint8Array or a string; got ${describeValue(item)}`,
  );
}

/** Refuses what cannot be iterated, and what can but is itself one item. @throws GUDEG_ERR_INVALID_ARG_TYPE */
export function checkItemSource(source: unknown): void {
  if (typeof source === 'object' && source !== null && !(source instanceof Uint8Array)) {
    if (Symbol.iterator in source || Symbol.asyncIterator in source) return;
  }
  throw invalidArgType(
    'source',
    'an iterable or async iterable of items (one item needs no iterator: answer it as the body)',
    source,
  );
}

/** Ends a source that nothing was taken from. */
export function closeItemSource(source: Iterable<unknown> | AsyncIterable<unknown>): void {
  endIteration(
    source,
    Symbol.asyncIterator in source ? source[Symbol.asyncIterator]() : source[Symbol.iterator](),
  );
}
