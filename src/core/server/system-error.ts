import { getSystemErrorMap } from 'node:util';
import { describeValue } from '../errors.ts';
import type { ListenAddress } from './socket-address.ts';

/** A negative errno in the shape of node:net's errors, so that the usual handling of `code` works. */
export function systemError(errno: number, syscall: string, address: ListenAddress): Error {
  const [code, text] = getSystemErrorMap().get(errno) ?? [`errno ${errno}`, 'unknown error'];
  const where = describeValue(address);
  return Object.assign(new Error(`${syscall} ${code}: ${text} ${where}`), {
    code,
    errno,
    syscall,
    address,
  });
}
