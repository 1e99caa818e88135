import { applicationSettings } from './sections/application-settings.ts';
import { hookSettings } from './sections/hook-settings.ts';
import { lifeSettings } from './sections/life-settings.ts';
import { loggingSettings } from './sections/logging-settings.ts';
import { operationSettings } from './sections/operation-settings.ts';
import { processSettings } from './sections/process-settings.ts';
import { proxySettings } from './sections/proxy-settings.ts';
import { requestSettings } from './sections/request-settings.ts';
import { socketSettings } from './sections/socket-settings.ts';
import { tlsSettings } from './sections/tls-settings.ts';

/** The rows of all sections. */
export type SettingsTable = typeof applicationSettings &
  typeof socketSettings &
  typeof processSettings &
  typeof lifeSettings &
  typeof loggingSettings &
  typeof operationSettings &
  typeof requestSettings &
  typeof proxySettings &
  typeof tlsSettings &
  typeof hookSettings;

/**
 * Every setting of the worker but those that are options of the server (server-option-settings.ts), a file for
 * each section. Command line, configuration file, environment, `--print-config`, JSON schema, types and the
 * page docs/settings.md are made from it. Times are in seconds, as in gunicorn.
 */
export const settingsTable: SettingsTable = {
  ...applicationSettings,
  ...socketSettings,
  ...processSettings,
  ...lifeSettings,
  ...loggingSettings,
  ...operationSettings,
  ...requestSettings,
  ...proxySettings,
  ...tlsSettings,
  ...hookSettings,
};
