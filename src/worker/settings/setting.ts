/** The kinds of values that settings have. */
export type SettingType = 'boolean' | 'integer' | 'number' | 'string' | 'list' | 'record' | 'hook';

/** One row of the table of settings: everything else about settings derives from it. */
export interface Setting {
  /** Under which heading it stands in the documentation. */
  readonly section: Section;
  readonly type: SettingType;
  /** What it is unless set; null = off, or decided elsewhere, as `about` says. */
  readonly default: unknown;
  /** One letter for the command line: `w` is `-w`. */
  readonly short?: string;
  /** What stands for the value in the help text. */
  readonly value?: string;
  /** The only values it may have. */
  readonly choices?: readonly string[];
  readonly min?: number;
  readonly max?: number;
  /** An environment variable that replaces the default. */
  readonly env?: string;
  /** gunicorn's name where it is another one than the same in snake case; null = gunicorn has no such setting. */
  readonly gunicorn?: string | null;
  /** Sets an option of the server instead, multiplied by `factor`. */
  readonly serverOption?: string;
  readonly factor?: number;
  /** For the command line only: it makes no sense in a configuration file. */
  readonly commandLineOnly?: boolean;
  readonly about: string;
}

export type Section =
  | 'Application'
  | 'Sockets'
  | 'Processes'
  | 'Life of a worker'
  | 'Logging'
  | 'Operations'
  | 'Requests'
  | 'Proxies'
  | 'TLS'
  | 'Hooks'
  | 'Server options';

/** `maxRequests` as a flag: `max-requests`. */
export function flagOf(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

/** `max_requests` and `max-requests` as a setting: `maxRequests`. */
export function nameOf(text: string): string {
  return text.replace(/[-_]([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
}
