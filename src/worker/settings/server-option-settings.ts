import { SERVER_OPTION_TYPES, type CompleteServerOptions } from '../../core/index.ts';
import type { Setting } from './setting.ts';

/** Options of the server whose name means something else to the worker. */
const renamed: Readonly<Record<string, string>> = { maxRequests: 'maxRequestsPerConnection' };

/** Options that make no sense for a worker, whose sockets the arbiter opens. */
const hidden: ReadonlySet<string> = new Set(['timeoutMs']);

/** Options that gunicorn has under the same name. */
const gunicornsToo: ReadonlySet<string> = new Set([
  'backlog',
  'reusePort',
  'proxyProtocol',
  'proxyAllowIps',
]);

/** The options of the server as settings; docs/server.md says what they are. */
export const serverOptionSettings: Readonly<Record<string, Setting>> = Object.fromEntries(
  (Object.keys(SERVER_OPTION_TYPES) as (keyof CompleteServerOptions)[])
    .filter((option) => !hidden.has(option))
    .map((option): [string, Setting] => {
      const type = SERVER_OPTION_TYPES[option];
      return [
        renamed[option] ?? option,
        {
          section: 'Server options',
          type: type === 'number' ? 'integer' : type,
          default: null,
          value: type === 'boolean' ? '' : type.toUpperCase(),
          gunicorn: gunicornsToo.has(option) ? undefined : null,
          serverOption: option,
          factor: 1,
          about: `\`${option}\` in [server.md](server.md)`,
        } as Setting,
      ];
    }),
);
