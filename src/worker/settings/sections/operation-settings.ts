/** How one watches and commands a running arbiter. */
export const operationSettings = {
  adminBind: {
    section: 'Operations',
    type: 'string',
    default: null,
    value: 'ADDRESS',
    gunicorn: null,
    about:
      'where `/metrics` (Prometheus), `/healthz` and `/readyz` are served, an address as in `bind`; null: nowhere. Whoever reaches it may read it',
  },
  readyWorkers: {
    section: 'Operations',
    type: 'integer',
    default: 1,
    min: 1,
    value: 'N',
    gunicorn: null,
    about: '`/readyz` says no while fewer workers serve',
  },
  controlSocket: {
    section: 'Operations',
    type: 'string',
    default: null,
    value: 'PATH',
    about:
      'the unix socket that `gudeg ctl` and `gudeg top` talk to; null: beside the pidfile, `.ctl` in place of `.pid`, and none where there is no pidfile',
  },
  controlSocketMode: {
    section: 'Operations',
    type: 'string',
    default: '600',
    value: 'OCTAL',
    about: 'permissions of that socket: who may write to it commands the arbiter',
  },
  controlSocketDisable: {
    section: 'Operations',
    type: 'boolean',
    default: false,
    about: 'no control socket, whatever the pidfile; also `--no-control-socket`',
  },
  statsdHost: {
    section: 'Operations',
    type: 'string',
    default: null,
    value: 'HOST[:PORT]',
    about:
      'a statsd server, by UDP (port 8125 unless named) or `unix:PATH`, that gets counts, durations and the number of workers once a second',
  },
  statsdPrefix: {
    section: 'Operations',
    type: 'string',
    default: '',
    value: 'PREFIX',
    about: 'what stands before each name sent to statsd, with a dot between',
  },
  dogstatsdTags: {
    section: 'Operations',
    type: 'string',
    default: '',
    value: 'TAG,…',
    about: 'DogStatsD tags of everything sent to statsd, such as `env:live,region:eu`',
  },
} as const;
