import { GudegTypeError, describeValue } from '../errors.ts';
import type { GatewayItem } from './gateway-app.ts';

/** Whether it is a piece of a body, or a whole one. */
export function isItem(value: unknown): value is GatewayItem {
  return typeof value === 'string' || value instanceof Uint8Array;
}

/** A piece of a body as bytes. @throws GUDEG_ERR_GATEWAY_RESPONSE for what is none */
export function itemBytes(item: unknown): Uint8Array {
  if (typeof item === 'string') return Buffer.from(item);
  if (item instanceof Uint8Array) return item;
  throw badItem(item);
}

/** How many bytes it makes. @throws GUDEG_ERR_GATEWAY_RESPONSE for what is none */
export function itemLength(item: unknown): number {
  if (typeof item === 'string') return Buffer.byteLength(item);
  if (item instanceof Uint8Array) return item.length;
  throw badItem(item);
}

/** Pieces of `length` bytes in one. */
export function joinItems(items: readonly GatewayItem[], length: number): GatewayItem {
  if (items.length === 1) return items[0] as GatewayItem;
  return Buffer.concat(items.map(itemBytes), length);
}

/** The error for what an app gave. */
export function badResult(expected: string, got: unknown): GudegTypeError {
  return new GudegTypeError(
    'GUDEG_ERR_GATEWAY_RESPONSE',
    `a gateway app must give ${expected}; got ${describeValue(got)}`,
  );
}

function badItem(item: unknown): GudegTypeError {
  return badResult('pieces that are strings or a Uint8Array', item);
}
