/** Where a connection has an end, in the shape of `socket.address()`. */
export interface SocketEnd {
  address: string;
  family: 'IPv4' | 'IPv6';
  port: number;
}

type EndPoint = readonly [host: string, port: number, ...rest: number[]];

/** An end as node tells it; null for a unix socket, or where nobody knows. */
export function socketEnd(address: unknown): SocketEnd | null {
  if (!Array.isArray(address)) return null;
  const [host, port, ...rest] = address as unknown as EndPoint;
  return { address: host, family: rest.length > 0 ? 'IPv6' : 'IPv4', port };
}
