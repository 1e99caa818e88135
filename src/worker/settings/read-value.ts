import { describeValue } from '../../core/errors.ts';
import { GudegError } from '../../core/index.ts';
import { flagOf, type Setting } from './setting.ts';

/**
 * A value from a configuration file, checked.
 * @throws GUDEG_ERR_INVALID_OPTION naming the setting, what it may be, and what it was
 */
export function checkValue(name: string, setting: Setting, value: unknown): unknown {
  if (value === null && setting.default === null) return null;
  const expected = expectation(setting, value);
  if (expected === null) return value;
  throw new GudegError(
    'GUDEG_ERR_INVALID_OPTION',
    `the setting ${name} must be ${expected}; got ${describeValue(value)}`,
  );
}

/** A value from the command line or the environment, which are text, read and checked. */
export function readText(name: string, setting: Setting, text: string): unknown {
  let value: unknown = text;
  if (setting.type === 'integer' || setting.type === 'number') {
    value = text.trim() === '' ? NaN : Number(text);
  } else if (setting.type === 'boolean')
    value = text === 'true' ? true : text === 'false' ? false : text;
  else if (setting.type === 'list') value = text.split(',').map((item) => item.trim());
  else if (setting.type === 'record') value = readRecord(text);
  const expected = expectation(setting, value);
  if (expected === null) return value;
  throw new GudegError(
    'GUDEG_ERR_INVALID_OPTION',
    `--${flagOf(name)} must be ${expected}; got ${text} (see gudeg --help)`,
  );
}

/** `NAME=VALUE,NAME=VALUE`, or the text itself where it has another form. */
function readRecord(text: string): unknown {
  const pairs = text.split(',').map((pair) => pair.split('=').map((part) => part.trim()));
  return pairs.every(({ length }) => length === 2) ? Object.fromEntries(pairs) : text;
}

/** What the value should be instead, or null when it is right. */
function expectation(setting: Setting, value: unknown): string | null {
  const { type, choices, min, max } = setting;
  switch (type) {
    case 'boolean':
      return typeof value === 'boolean' ? null : 'true or false';
    case 'integer':
    case 'number': {
      const isNumber = typeof value === 'number' && Number.isFinite(value);
      if (isNumber && (type === 'number' || Number.isInteger(value)) && isWithin(value, min, max)) {
        return null;
      }
      const kind = type === 'integer' && isNumber ? 'an integer' : 'a number';
      return min === undefined
        ? kind
        : max === undefined
          ? `${kind} from ${min}`
          : `${kind} in ${min}..${max}`;
    }
    case 'string':
      if (typeof value !== 'string' || value === '')
        return value === setting.default ? null : 'text';
      return choices === undefined || choices.includes(value)
        ? null
        : `one of ${choices.join(', ')}`;
    case 'list':
      return Array.isArray(value) && value.every((item) => typeof item === 'string' && item !== '')
        ? null
        : 'a list of texts';
    case 'record':
      return isRecord(value) ? null : 'an object of texts (NAME=VALUE,NAME=VALUE)';
    case 'hook':
      return typeof value === 'function' ? null : 'a function';
  }
}

function isRecord(value: unknown): boolean {
  return (
    typeof value === 'object' &&
    value !== null &&
    Object.values(value).every((each) => typeof each === 'string')
  );
}

function isWithin(value: number, min = -Infinity, max = Infinity): boolean {
  return value >= min && value <= max;
}
