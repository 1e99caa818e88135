import type { Setting } from './setting.ts';
import { settingRows } from './settings.ts';

/** A JSON schema of what a configuration file exports, without the hooks, which JSON does not have. */
export function settingsSchema(): object {
  const entries = Object.entries(settingRows).filter(
    ([, { type, commandLineOnly }]) => type !== 'hook' && commandLineOnly !== true,
  );
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: 'Configuration of the gudeg worker',
    type: 'object',
    additionalProperties: false,
    properties: Object.fromEntries(entries.map(([name, setting]) => [name, property(setting)])),
  };
}

function property({ type, default: value, choices, min, max, about }: Setting): object {
  const isList = type === 'list';
  const types = isList ? 'array' : type === 'record' ? 'object' : type;
  return {
    type: value === null ? [types, 'null'] : types,
    ...(isList ? { items: { type: 'string' } } : {}),
    ...(choices === undefined ? {} : { enum: choices }),
    ...(min === undefined ? {} : { minimum: min }),
    ...(max === undefined ? {} : { maximum: max }),
    ...(value === null ? {} : { default: value }),
    description: about,
  };
}
