import type { ServerOptions } from '../../core/index.ts';
import { serverOptionSettings } from './server-option-settings.ts';
import type { Setting } from './setting.ts';
import { settingsTable, type SettingsTable } from './settings-table.ts';

type Table = SettingsTable;

/** What a value of each type is. */
interface ValueTypes {
  boolean: boolean;
  integer: number;
  number: number;
  string: string;
  list: readonly string[];
  record: Readonly<Record<string, string>>;
  /** A hook is a function; what it is called with stands in docs/settings.md. */
  hook: (...args: never[]) => unknown;
}

type ValueOf<Row extends { readonly type: keyof ValueTypes; readonly default: unknown }> =
  | (Row extends { readonly choices: readonly (infer Choice)[] } ? Choice : ValueTypes[Row['type']])
  | (Row['default'] extends null ? null : never);

type OwnNames = Exclude<
  keyof Table,
  {
    [Name in keyof Table]: Table[Name] extends { readonly serverOption: string } ? Name : never;
  }[keyof Table]
>;

/** Every setting with its value; docs/settings.md describes them. Times are in seconds. */
export type Settings = {
  readonly [Name in OwnNames]: ValueOf<Table[Name]>;
} & {
  /** Options of the server that were set, by its names for them. */
  readonly serverOptions: ServerOptions;
};

/** What a configuration file may export: settings, and options of the server, as docs/settings.md lists them. */
export type Config = {
  readonly [Name in keyof Table]?: ValueOf<Table[Name]>;
} & Omit<ServerOptions, 'maxRequests' | 'timeoutMs' | 'tls'> & {
    /** Requests of one connection, 0 = no limit: the option `maxRequests` of the server. */
    readonly maxRequestsPerConnection?: number;
  };

/** Every row: the worker's own, and one for each option of the server. */
export const settingRows: Readonly<Record<string, Setting>> = {
  ...settingsTable,
  ...serverOptionSettings,
};

/** Helps an editor with `gudeg.config.js`: gives back what it is given. */
export function defineConfig(config: Config): Config {
  return config;
}
