/** Functions of the configuration file that are called. */
export const hookSettings = {
  onStarting: {
    section: 'Hooks',
    type: 'hook',
    default: null,
    about: 'before anything else, in the arbiter: `(arbiter)`',
  },
  onReload: {
    section: 'Hooks',
    type: 'hook',
    default: null,
    about: 'at SIGHUP, in the arbiter: `(arbiter)`',
  },
  whenReady: {
    section: 'Hooks',
    type: 'hook',
    default: null,
    about: 'when all workers serve for the first time, in the arbiter: `(arbiter)`',
  },
  preFork: {
    section: 'Hooks',
    type: 'hook',
    default: null,
    about: 'before a worker process starts, in the arbiter: `(arbiter, worker)`',
  },
  postFork: {
    section: 'Hooks',
    type: 'hook',
    default: null,
    about: 'first of all in a worker: `(worker)`',
  },
  postWorkerInit: {
    section: 'Hooks',
    type: 'hook',
    default: null,
    about: 'when a worker has loaded its app: `(worker)`',
  },
  workerInt: {
    section: 'Hooks',
    type: 'hook',
    default: null,
    about: 'when a worker is told to stop at once: `(worker)`',
  },
  workerExit: {
    section: 'Hooks',
    type: 'hook',
    default: null,
    about: 'last of all in a worker: `(worker)`',
  },
  childExit: {
    section: 'Hooks',
    type: 'hook',
    default: null,
    about: 'when a worker is gone, in the arbiter: `(arbiter, worker)`',
  },
  preExec: {
    section: 'Hooks',
    type: 'hook',
    default: null,
    about: 'before SIGUSR2 starts the successor, in the arbiter: `(arbiter)`',
  },
  preRequest: {
    section: 'Hooks',
    type: 'hook',
    default: null,
    about: 'before each request, in the worker: `(worker, request)`',
  },
  postRequest: {
    section: 'Hooks',
    type: 'hook',
    default: null,
    about: 'behind each answer, in the worker: `(worker, request, status)`',
  },
  nworkersChanged: {
    section: 'Hooks',
    type: 'hook',
    default: null,
    about: 'when the number of workers is changed: `(arbiter, now, before)`',
  },
  onExit: {
    section: 'Hooks',
    type: 'hook',
    default: null,
    about: 'last of all in the arbiter: `(arbiter)`',
  },
} as const;
