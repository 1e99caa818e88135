import { flagOf, type Setting } from './setting.ts';
import { settingRows } from './settings.ts';

/** The tables of docs/settings.md: a heading and a table for each section. */
export function settingsTables(): string {
  const sections = new Map<string, string[]>();
  for (const [name, setting] of Object.entries(settingRows)) {
    const rows = sections.get(setting.section) ?? [];
    sections.set(setting.section, [...rows, row(name, setting)]);
  }
  return [...sections]
    .map(([section, rows]) => `## ${section}\n\n${table(section, rows)}`)
    .join('\n');
}

function table(section: string, rows: readonly string[]): string {
  const head =
    section === 'Hooks'
      ? '| setting | called |\n| --- | --- |'
      : '| setting | command line | default | meaning |\n| --- | --- | --- | --- |';
  return `${head}\n${rows.join('\n')}\n`;
}

function row(name: string, setting: Setting): string {
  const { type, short, value, about } = setting;
  const key = setting.commandLineOnly === true ? '' : `\`${name}\``;
  if (type === 'hook') return `| ${key} | ${about} |`;
  const flag = type === 'boolean' ? `--[no-]${flagOf(name)}` : `--${flagOf(name)} ${value ?? ''}`;
  const flags = short === undefined ? `\`${flag}\`` : `\`-${short}\` \`${flag}\``;
  return `| ${key} | ${flags} | ${defaultOf(setting)} | ${about.replace(/\|/g, '\\|')}${noteOf(setting)} |`;
}

function defaultOf({ default: value, type }: Setting): string {
  if (value === null || value === '') return '';
  if (type === 'list') return (value as string[]).map((item) => `\`${item}\``).join(' ');
  return typeof value === 'string' ? `\`${value}\`` : `\`${JSON.stringify(value)}\``;
}

function noteOf({ choices, env }: Setting): string {
  const values =
    choices === undefined ? '' : `: ${choices.map((each) => `\`${each}\``).join(', ')}`;
  return `${values}${env === undefined ? '' : ` (default from ${env})`}`;
}
