import { flagOf, type Setting } from './setting.ts';
import { settingRows } from './settings.ts';

/** The text of `gudeg --help`. */
export function helpText(): string {
  const sections = new Map<string, string[]>();
  for (const [name, setting] of Object.entries(settingRows)) {
    if (setting.type === 'hook') continue;
    const lines = sections.get(setting.section) ?? [];
    sections.set(setting.section, [...lines, optionLines(name, setting)]);
  }
  const parts = [...sections].map(([section, lines]) => `${section}:\n${lines.join('')}`);
  return `Usage: gudeg [OPTION]... MODULE[:EXPORT]

Serves an app: the default export of MODULE, or EXPORT, or EXPORT(ARGUMENT, …), a factory. Settings may also stand in
gudeg.config.js (-c FILE) and in the environment variable GUDEG_CMD_ARGS.

  -h, --help
  -v, --version

${parts.join('\n')}`;
}

function optionLines(name: string, setting: Setting): string {
  const { short, type, value, about } = setting;
  const letter = short === undefined ? '    ' : `-${short}, `;
  const flag = type === 'boolean' ? `--[no-]${flagOf(name)}` : `--${flagOf(name)} ${value ?? ''}`;
  if (setting.section === 'Server options') return `  ${letter}${flag}\n`;
  const words = about.replace(/`|\[([^\]]*)\]\([^)]*\)/g, '$1').split(' ');
  const lines = [''];
  for (const word of [...words, defaultNote(setting)]) {
    const last = lines[lines.length - 1] ?? '';
    if (last.length + word.length > 70) lines.push(word);
    else lines[lines.length - 1] = last === '' ? word : `${last} ${word}`;
  }
  return `  ${letter}${flag}\n${lines.map((line) => `          ${line.trimEnd()}\n`).join('')}`;
}

function defaultNote({ default: value }: Setting): string {
  if (value === null || value === false || value === '') return '';
  const shown = Array.isArray(value) ? value.join(' ') : JSON.stringify(value);
  return shown === '' ? '' : `[${shown.replace(/^"(.*)"$/, '$1')}]`;
}
