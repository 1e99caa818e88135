import { networkInterfaces } from 'node:os';
import { resolve } from 'node:path';
import { GudegError, type ListenAddress } from '../../core/index.ts';

/** The forms of `-b`, for the help text. */
export const BIND_FORMS =
  'HOST:PORT, :PORT, PORT, [IPV6]:PORT, [IPV6%INTERFACE]:PORT, unix:PATH, unix:@ABSTRACT, fd://N';

/**
 * Reads an address as the command line gives it. `:PORT` and `PORT` are all IPv4 interfaces.
 * @throws GUDEG_ERR_INVALID_ADDRESS
 */
export function parseBindAddress(text: string): ListenAddress {
  const fd = /^fd:\/\/(\d+)$/.exec(text)?.[1];
  if (fd !== undefined) return { fd: Number(fd) };
  if (text.startsWith('unix:@')) return Buffer.from(`\0${text.slice('unix:@'.length)}`);
  if (text.startsWith('unix:')) return resolve(text.slice('unix:'.length));
  if (text.startsWith('/')) return text;
  const parts = /^(?:(?:\[([^\]]+)\]|([^:]*)):)?(\d+)$/.exec(text);
  const port = Number(parts?.[3]);
  if (parts === null || port > 65_535) throw invalid(text, `the forms are ${BIND_FORMS}`);
  const [, ipv6, host = ''] = parts;
  if (ipv6 === undefined) return [host === '' ? '0.0.0.0' : host, port];
  const [address = '', zone] = ipv6.split('%');
  return zone === undefined ? [address, port] : [address, port, 0, scopeId(text, zone)];
}

/** The number of an interface by its name; a number stands for itself. */
function scopeId(text: string, zone: string): number {
  if (/^\d+$/.test(zone)) return Number(zone);
  const found = networkInterfaces()[zone]?.find((each) => each.family === 'IPv6');
  if (found?.family === 'IPv6' && found.scopeid !== 0) return found.scopeid;
  throw invalid(text, `there is no interface ${zone} with a link-local IPv6 address`);
}

function invalid(text: string, why: string): GudegError {
  return new GudegError('GUDEG_ERR_INVALID_ADDRESS', `cannot bind to ${text}: ${why}`);
}
