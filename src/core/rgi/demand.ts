import { GudegError, describeValue, type ErrorCode } from '../errors.ts';

/** Throws, naming where and what, unless `holds`. */
export type Demand = (
  holds: boolean,
  where: string,
  mustBe: string,
  value: unknown,
) => asserts holds;

/** Demands of one contract: what breaks it is a GudegError with `code`. */
export function demanding(code: ErrorCode): Demand {
  return function (holds: boolean, where: string, mustBe: string, value: unknown): asserts holds {
    if (holds) return;
    throw new GudegError(code, `${where} must be ${mustBe}; got ${describeValue(value)}`);
  };
}

/** Of the RGI contract. */
export const demand: Demand = demanding('GUDEG_ERR_APP_CONTRACT');
