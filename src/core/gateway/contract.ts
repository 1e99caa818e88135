import { demanding, type Demand } from '../rgi/index.ts';

/** Of the gateway's contract. */
export const demand: Demand = demanding('GUDEG_ERR_GATEWAY_CONTRACT');

/** Whether it has all these methods. */
export function hasMethods(value: unknown, ...names: PropertyKey[]): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return names.every((name) => typeof Reflect.get(value, name) === 'function');
}
