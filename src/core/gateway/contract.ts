import { GudegError, describeValue } from '../errors.ts';

/** Throws GUDEG_ERR_GATEWAY_CONTRACT, naming where and what, unless `holds`. */
export function demand(
  holds: boolean,
  where: string,
  mustBe: string,
  value: unknown,
): asserts holds {
  if (holds) return;
  throw new GudegError(
    'GUDEG_ERR_GATEWAY_CONTRACT',
    `${where} must be ${mustBe}; got ${describeValue(value)}`,
  );
}

/** Whether it has all these methods. */
export function hasMethods(value: unknown, ...names: PropertyKey[]): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return names.every((name) => typeof Reflect.get(value, name) === 'function');
}
