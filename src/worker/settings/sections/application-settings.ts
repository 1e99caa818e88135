/** What is served. */
export const applicationSettings = {
  app: {
    section: 'Application',
    type: 'string',
    default: null,
    value: 'MODULE[:EXPORT]',
    gunicorn: 'wsgi_app',
    about: 'what to serve, where the command line does not name it',
  },
  workerClass: {
    section: 'Application',
    type: 'string',
    default: 'rgi',
    short: 'k',
    value: 'CLASS',
    about:
      'what kind of app it is: `rgi`, `gateway`, `node`, `websocket`, or a module with a class',
  },
  chdir: {
    section: 'Application',
    type: 'string',
    default: null,
    value: 'FOLDER',
    about: 'the working folder of the app; null: where the command was started',
  },
  rawEnv: {
    section: 'Application',
    type: 'list',
    default: [],
    short: 'e',
    value: 'NAME=VALUE',
    about: 'environment variables of the workers; may be repeated',
  },
  nodeOption: {
    section: 'Application',
    type: 'list',
    default: [],
    value: 'OPTION',
    gunicorn: null,
    about:
      'options of the workers’ Node, such as `--import=tsx` or `--max-old-space-size=512`; may be repeated',
  },
  config: {
    section: 'Application',
    type: 'string',
    default: null,
    short: 'c',
    value: 'FILE',
    commandLineOnly: true,
    about: 'the configuration file; null: `gudeg.config.js`, `.mjs` or `.ts` in the working folder',
  },
  checkConfig: {
    section: 'Application',
    type: 'boolean',
    default: false,
    commandLineOnly: true,
    about: 'load the configuration and the app, say whether they are right, and end',
  },
  printConfig: {
    section: 'Application',
    type: 'boolean',
    default: false,
    commandLineOnly: true,
    about: 'print every setting, and end',
  },
  reload: {
    section: 'Application',
    type: 'boolean',
    default: false,
    about:
      'for development: replace the workers when a source file of the project, the configuration file or one of `reloadExtraFiles` changes',
  },
  reloadExtraFiles: {
    section: 'Application',
    type: 'list',
    default: [],
    value: 'PATH',
    about: 'what else is watched with `reload`: files of any kind, or folders; may be repeated',
  },
} as const;
