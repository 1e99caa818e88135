import { checkAddressRange } from '../../core/http/index.ts';
import { completeServerOptions } from '../../core/server/index.ts';
import { parseBindAddress } from './bind-address.ts';
import { findSetting } from './find-setting.ts';
import { checkValue, readText } from './read-value.ts';
import { settingRows, type Settings } from './settings.ts';

/** Settings as one source gives them, by name, checked already. */
export type GivenSettings = Readonly<Record<string, unknown>>;

/**
 * Puts the sources together; later ones win: defaults, defaults from the environment
 * (WEB_CONCURRENCY, PORT), then `sources` in order.
 * @throws GUDEG_ERR_INVALID_OPTION, GUDEG_ERR_INVALID_ADDRESS
 */
export function completeSettings(
  sources: readonly GivenSettings[],
  env: Readonly<Record<string, string | undefined>>,
): Settings {
  const values: Record<string, unknown> = {};
  const serverOptions: Record<string, unknown> = {};
  const given = Object.assign({}, ...sources) as GivenSettings;
  for (const [name, setting] of Object.entries(settingRows)) {
    const value = given[name] ?? fromEnvironment(name, env) ?? setting.default;
    if (setting.serverOption === undefined) values[name] = value;
    else if (value !== null) {
      const { factor = 1 } = setting;
      serverOptions[setting.serverOption] = typeof value === 'number' ? value * factor : value;
    }
  }
  if (typeof given['graceMs'] === 'number') values['gracefulTimeout'] = given['graceMs'] / 1000;
  const settings = { ...values, serverOptions } as unknown as Settings;
  for (const address of settings.bind) parseBindAddress(address);
  for (const range of settings.forwardedAllowIps) checkAddressRange('forwardedAllowIps', range);
  completeServerOptions(serverOptions);
  return settings;
}

function fromEnvironment(name: string, env: Readonly<Record<string, string | undefined>>): unknown {
  const setting = settingRows[name];
  if (name === 'bind' && env['PORT'] !== undefined) return [`0.0.0.0:${env['PORT']}`];
  const text = setting?.env === undefined ? undefined : env[setting.env];
  return setting === undefined || text === undefined || text === ''
    ? undefined
    : readText(name, setting, text);
}

/** Checks what a configuration file gives, by its names or gunicorn's. */
export function checkGiven(given: Record<string, unknown>): GivenSettings {
  const checked: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(given)) {
    if (value === undefined) continue;
    const { name, setting } = findSetting(key);
    checked[name] = checkValue(name, setting, value);
  }
  return checked;
}
