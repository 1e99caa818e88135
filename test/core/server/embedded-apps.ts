// Builders for `EmbeddedServer`, in a module of their own as it wants them.
import { setTimeout as delay } from 'node:timers/promises';
import type { App } from 'gudeg';

/** Answers who it is and what it was built with. */
export default function build(...args: unknown[]): App {
  return () => [200, 'OK', {}, JSON.stringify({ pid: process.pid, args })];
}

/** Never answers `/never`; behind the answer to `/block` its loop is blocked for good. */
export function stubborn(): App {
  return async (_session, request) => {
    if (request.uri === '/block') setTimeout(block, 1);
    if (request.uri === '/never') await new Promise(() => undefined);
    if (request.uri === '/slow') await delay(50);
    return [200, 'OK', {}, 'done'];
  };
}

function block(): never {
  for (;;) Math.sqrt(2);
}

export function failing(): never {
  throw Object.assign(new RangeError('the data is not there'), { code: 'NO_DATA' });
}

export function ending(): never {
  process.exit(7);
}

export const notAFunction = 5;
