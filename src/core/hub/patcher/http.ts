import http from 'node:http';
import https from 'node:https';
import { GreenletExit } from '../greenlet-exit.ts';
import { hub } from '../hub.ts';
import { makeGreen } from '../spawn.ts';
import type { AnyFunction, Replacement } from './green-twin.ts';

/** The events of a server that hand over a request. */
const requestEvents: ReadonlySet<unknown> = new Set([
  'request',
  'checkContinue',
  'checkExpectation',
  'upgrade',
  'connect',
]);

/** The servers of node:http and node:https call their listeners for requests in green threads. */
export function httpReplacements(): Replacement[] {
  return [http.Server, https.Server].map(({ prototype }) => {
    const original = Reflect.get(prototype, 'emit') as unknown as AnyFunction;
    return { owner: prototype, name: 'emit', original, twin: emitGreen(original), isMethod: true };
  });
}

function emitGreen(original: AnyFunction): AnyFunction {
  return function emit(this: unknown, event, ...args) {
    const server = this as http.Server;
    const isRequest = requestEvents.has(event) && server.listenerCount(event as string) > 0;
    if (!isRequest) return Reflect.apply(original, this, [event, ...args]);
    const thread = makeGreen(() => Reflect.apply(original, this, [event, ...args]), []);
    thread.link(() => {
      const error = thread.exception;
      if (thread.successful() || error instanceof GreenletExit) return;
      // As uncaught as it would be without us.
      process.nextTick(() => {
        throw error;
      });
    });
    hub.startNow(thread);
    return true;
  };
}
