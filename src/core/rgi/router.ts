import { GudegError, GudegTypeError, describeValue, invalidArgType } from '../errors.ts';
import type { App, Response } from './app.ts';
import { CallableApp } from './callable-app.ts';
import { checkApp } from './check-app.ts';

/** The key of the app that answers when the path is over: `/` on top, `/foo` below `foo`. */
const END: unique symbol = Symbol('Router.END');

/** What a path component leads to. */
export type RouterEntry = App | RouterMap;

/**
 * Apps by path component: `''` is a trailing slash, `Router.END` the end of the path. In a `Map`
 * the end of the path may also be written as null.
 */
export type RouterMap =
  | { readonly [component: string]: RouterEntry; readonly [END]?: RouterEntry }
  | ReadonlyMap<string | null | typeof END, RouterEntry>;

type Routes = Map<string | null, App | Routes>;

/** Levels that a map may be nested. */
const MAX_DEPTH = 10;

/**
 * An app that leads a request to another one by its path, component by component, each of which
 * moves from `request.path` to `request.mount` (Degu's `Router`). Where nothing is mapped it
 * answers `410 Gone`. Components are compared raw: nothing is decoded.
 *
 * @example
 * const app = new Router({ [Router.END]: home, api: { users, orders }, files: new FilesApp('public') });
 */
export class Router extends CallableApp {
  /** The key of the app that answers when the path is over. */
  static readonly END: typeof END = END;
  #routes: Routes;

  /** @throws GUDEG_ERR_INVALID_ARG_TYPE, GUDEG_ERR_INVALID_ARG_VALUE, GUDEG_ERR_ROUTER_DEPTH */
  constructor(map: RouterMap) {
    super((session, request, api) => {
      let routes = this.#routes;
      for (;;) {
        const entry = routes.get(request.shiftPath());
        if (typeof entry === 'function') return entry(session, request, api);
        if (entry === undefined) return [410, 'Gone', {}, null] satisfies Response;
        routes = entry;
      }
    });
    this.#routes = readMap(map, 1, 'map');
  }
}

function readMap(map: unknown, depth: number, where: string): Routes {
  if (depth > MAX_DEPTH) {
    throw new GudegError(
      'GUDEG_ERR_ROUTER_DEPTH',
      `a Router map must be at most ${MAX_DEPTH} levels deep and not hold itself; ${where} is deeper`,
    );
  }
  if (typeof map !== 'object' || map === null) {
    throw invalidArgType(where, 'an app, an object or a Map', map);
  }
  const routes: Routes = new Map();
  for (const [key, entry] of entriesOf(map)) {
    const place = `${where}[${key === END ? 'Router.END' : describeValue(key)}]`;
    const component = key === END ? null : key;
    if (component !== null) checkComponent(place, component);
    if (typeof entry === 'function') checkApp(place, entry);
    routes.set(
      component as string | null,
      typeof entry === 'function' ? (entry as App) : readMap(entry, depth + 1, place),
    );
  }
  return routes;
}

function entriesOf(map: object): Iterable<readonly [key: unknown, entry: unknown]> {
  if (map instanceof Map) return map as Map<unknown, unknown>;
  const entries: [unknown, unknown][] = Object.entries(map);
  if (END in map) entries.push([END, map[END]]);
  return entries;
}

function checkComponent(place: string, component: unknown): void {
  if (typeof component !== 'string') {
    throw new GudegTypeError(
      'GUDEG_ERR_INVALID_ARG_TYPE',
      `the keys of a Router map must be strings, Router.END, or null in a Map; got ${place}`,
    );
  }
  if (!/^[!-~]*$/.test(component) || /[/?#]/.test(component)) {
    throw new GudegError(
      'GUDEG_ERR_INVALID_ARG_VALUE',
      `the keys of a Router map must be single path components as they are sent, percent-encoded; got ${place}`,
    );
  }
}
