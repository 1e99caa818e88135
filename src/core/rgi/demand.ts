import { GudegError, describeValue } from '../errors.ts';

/** Throws GUDEG_ERR_APP_CONTRACT, naming where and what, unless `holds`. */
export function demand(
  holds: boolean,
  where: string,
  mustBe: string,
  value: unknown,
): asserts holds {
  if (holds) return;
  throw new GudegError(
    'GUDEG_ERR_APP_CONTRACT',
    `${where} must be ${mustBe}; got ${describeValue(value)}`,
  );
}
