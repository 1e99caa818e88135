import { GudegError } from '../../core/index.ts';
import { nameOf, type Setting } from './setting.ts';
import { settingRows } from './settings.ts';

const gunicornNames: ReadonlyMap<string, string> = new Map(
  Object.entries(settingRows).flatMap(([name, { gunicorn }]) =>
    typeof gunicorn === 'string' ? [[gunicorn, name] as const] : [],
  ),
);

/**
 * The setting that a configuration file means by `key`: our name, or gunicorn's.
 * @throws GUDEG_ERR_INVALID_OPTION
 */
export function findSetting(key: string): { name: string; setting: Setting } {
  const name = gunicornNames.get(key) ?? nameOf(key);
  const setting = settingRows[name];
  if (setting !== undefined && setting.commandLineOnly !== true) return { name, setting };
  const flat = name.toLowerCase();
  const near = Object.keys(settingRows)
    .filter((each) => {
      const other = each.toLowerCase();
      return other.startsWith(flat) || flat.startsWith(other);
    })
    .sort((a, b) => a.length - b.length)[0];
  throw new GudegError(
    'GUDEG_ERR_INVALID_OPTION',
    setting === undefined
      ? `there is no setting ${key}; ${near === undefined ? 'docs/settings.md lists them' : `did you mean ${near}?`}`
      : `the setting ${key} belongs on the command line, not into a configuration file`,
  );
}
