import type { Session } from './app.ts';
import { demand } from './demand.ts';

/** Checks what a server shows of a connection. @throws GUDEG_ERR_APP_CONTRACT */
export function checkSession(session: Session): void {
  demand(typeof session === 'object', 'session', 'an object', session);
  const address: unknown = session.address;
  demand(isAddress(address), 'session.address', 'a socket address', address);
  const credentials: unknown = session.credentials;
  demand(
    credentials === null ||
      (Array.isArray(credentials) &&
        credentials.length === 3 &&
        credentials.every(Number.isInteger)),
    'session.credentials',
    'null or [pid, uid, gid]',
    credentials,
  );
  demand(isCount(session.requests), 'session.requests', 'an integer from 0', session.requests);
  demand(
    isCount(session.maxRequests) || (session.maxRequests as unknown) === Infinity,
    'session.maxRequests',
    'an integer from 0',
    session.maxRequests,
  );
  const store: unknown = session.store;
  demand(typeof store === 'object' && store !== null, 'session.store', 'an object', store);
  demand(
    Reflect.ownKeys(store).every((key) => typeof key === 'string'),
    'session.store',
    'an object with string keys',
    store,
  );
}

function isAddress(address: unknown): boolean {
  if (typeof address === 'string' || address instanceof Uint8Array) return true;
  if (!Array.isArray(address)) return false;
  const [host, ...numbers] = address as unknown[];
  return (
    typeof host === 'string' &&
    (numbers.length === 1 || numbers.length === 3) &&
    numbers.every((number) => isCount(number))
  );
}

function isCount(value: unknown): boolean {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}
