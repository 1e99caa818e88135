/** What is logged, where and how. */
export const loggingSettings = {
  accesslog: {
    section: 'Logging',
    type: 'string',
    default: null,
    value: 'FILE',
    about: 'a line for each request; `-` is stdout; null: none',
  },
  accessLogFormat: {
    section: 'Logging',
    type: 'string',
    default: '%(h)s %(l)s %(u)s %(t)s "%(r)s" %(s)s %(b)s "%(f)s" "%(a)s"',
    value: 'FORMAT',
    about: 'what such a line holds (worker.md lists the atoms), or `json`',
  },
  errorlog: {
    section: 'Logging',
    type: 'string',
    default: '-',
    value: 'FILE',
    about: 'what arbiter and workers have to say; `-` is stderr',
  },
  loglevel: {
    section: 'Logging',
    type: 'string',
    default: 'info',
    choices: ['debug', 'info', 'warning', 'error', 'critical'],
    value: 'LEVEL',
    gunicorn: 'loglevel',
    about: 'how important it must be',
  },
  logFormat: {
    section: 'Logging',
    type: 'string',
    default: 'text',
    choices: ['text', 'json'],
    value: 'FORMAT',
    gunicorn: null,
    about: 'the form of the error log: lines for people, or JSON',
  },
} as const;
