import { invalidArgType } from '../errors.ts';
import { isItem } from './body-item.ts';
import { CheckedErrors, CheckedInput } from './checked-streams.ts';
import { demand, hasMethods } from './contract.ts';
import { checkEnviron } from './environ-contract.ts';
import { FileWrapper } from './file-wrapper.ts';
import type {
  GatewayApp,
  GatewayItem,
  GatewayResult,
  StartResponse,
  Write,
} from './gateway-app.ts';
import type { Input } from './input.ts';
import { checkStart } from './start-contract.ts';

/** What is known of one response. */
interface Progress {
  hasStarted: boolean;
}

/**
 * Middleware that proves that the server and the app keep the contract of gateway apps, in the spirit
 * of Python's `wsgiref.validate`: for tests, and to put between two of which one is in doubt. The first
 * violation throws GUDEG_ERR_GATEWAY_CONTRACT, which names where it is and what it is.
 *
 * @throws GUDEG_ERR_INVALID_ARG_TYPE when `app` is no function
 */
export function validator(app: GatewayApp): GatewayApp {
  if (typeof app !== 'function') throw invalidArgType('app', 'a gateway app', app);
  return (...args): GatewayResult | PromiseLike<GatewayResult> => {
    demand(args.length === 2, 'the number of arguments of an app', '2', args.length);
    const [environ, startResponse] = args;
    demand(typeof startResponse === 'function', 'startResponse', 'a function', startResponse);
    checkEnviron(environ);
    const { ['wsgi.input']: input, ['wsgi.errors']: errors } = environ;
    environ['wsgi.input'] = new CheckedInput(input) as unknown as Input;
    environ['wsgi.errors'] = new CheckedErrors(errors);
    const progress: Progress = { hasStarted: false };
    const result: unknown = app(environ, checkedStart(startResponse, progress));
    if (hasMethods(result, 'then')) {
      return (result as PromiseLike<unknown>).then((given) => checkedResult(given, progress));
    }
    return checkedResult(result, progress);
  };
}

function checkedStart(startResponse: StartResponse, progress: Progress): StartResponse {
  return (...args): Write => {
    checkStart(args);
    const [status, headers, excInfo] = args;
    demand(
      !progress.hasStarted || (excInfo !== undefined && excInfo !== null),
      'startResponse',
      'called once, or with the error that the new response is for',
      'a second call without one',
    );
    progress.hasStarted = true;
    const write: unknown = startResponse(status, headers, excInfo);
    demand(typeof write === 'function', 'what startResponse gives', 'the function write', write);
    return (...data): void => {
      demand(data.length === 1, 'the number of arguments of write', '1', data.length);
      checkItem('what write gets', data[0]);
      (write as Write)(data[0]);
    };
  };
}

function checkedResult(result: unknown, progress: Progress): GatewayResult {
  // These stay what they are: their lengths and descriptors are of use to the server.
  if (isItem(result) || result instanceof FileWrapper) {
    checkStarted(progress);
    return result;
  }
  if (Array.isArray(result)) {
    checkStarted(progress);
    for (const item of result as unknown[]) checkItem('an item of the result', item);
    return result as GatewayItem[];
  }
  if (hasMethods(result, Symbol.iterator)) {
    return new CheckedIterable(result as Iterable<unknown>, progress);
  }
  demand(
    hasMethods(result, Symbol.asyncIterator),
    'the result of an app',
    'an iterable, or one piece of the body',
    result,
  );
  return new CheckedAsyncIterable(result as AsyncIterable<unknown>, progress);
}

/** The pieces of a result, each checked when it is asked for. */
class CheckedPieces {
  readonly #result: object;
  readonly #progress: Progress;
  #uses = 0;
  #isClosed = false;

  constructor(result: object, progress: Progress) {
    this.#result = result;
    this.#progress = progress;
  }

  /** `close()`, as the server calls it. */
  close(): unknown {
    demand(!this.#isClosed, 'the result of an app', 'closed once', 'a second close()');
    this.#isClosed = true;
    const { close } = this.#result as { close?: () => unknown };
    return close?.call(this.#result);
  }

  protected begin(): void {
    this.#uses++;
    demand(this.#uses === 1, 'the result of an app', 'iterated once', this.#uses);
  }

  protected check(item: unknown): GatewayItem {
    demand(!this.#isClosed, 'the result of an app', 'iterated before it is closed', item);
    checkStarted(this.#progress);
    checkItem('an item of the result', item);
    return item;
  }
}

class CheckedIterable extends CheckedPieces implements Iterable<GatewayItem> {
  readonly #items: Iterable<unknown>;

  constructor(items: Iterable<unknown>, progress: Progress) {
    super(items, progress);
    this.#items = items;
  }

  *[Symbol.iterator](): Generator<GatewayItem, void, undefined> {
    this.begin();
    for (const item of this.#items) yield this.check(item);
  }
}

class CheckedAsyncIterable extends CheckedPieces implements AsyncIterable<GatewayItem> {
  readonly #items: AsyncIterable<unknown>;

  constructor(items: AsyncIterable<unknown>, progress: Progress) {
    super(items, progress);
    this.#items = items;
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<GatewayItem, void, undefined> {
    this.begin();
    for await (const item of this.#items) yield this.check(item);
  }
}

function checkStarted({ hasStarted }: Progress): void {
  demand(hasStarted, 'startResponse', 'called before the body begins', 'no call');
}

function checkItem(where: string, item: unknown): asserts item is GatewayItem {
  demand(isItem(item), where, 'a string or a Uint8Array', item);
}
