import { parseArgs, type ParseArgsConfig } from 'node:util';
import { GudegError } from '../../core/index.ts';
import { nearestName } from './nearest-name.ts';

/** A configuration of `parseArgs` that says what there is, and is not lax about it. */
type ArgumentsConfig = ParseArgsConfig & {
  readonly args: string[];
  readonly options: NonNullable<ParseArgsConfig['options']>;
};

/**
 * `parseArgs` of node, with complaints of our own.
 * @param command whose `--help` knows more
 * @throws GUDEG_ERR_INVALID_OPTION with the argument that is wrong and what may be right
 */
export function parseArguments<T extends ArgumentsConfig>(
  command: string,
  config: T,
): ReturnType<typeof parseArgs<T>> {
  try {
    return parseArgs(config);
  } catch (cause) {
    const complaint = firstComplaint(config) ?? (cause as Error).message;
    const message = `${complaint} (see ${command} --help)`;
    throw new GudegError('GUDEG_ERR_INVALID_OPTION', message, { cause });
  }
}

function firstComplaint({
  args,
  options,
  allowPositionals = false,
}: ArgumentsConfig): string | null {
  const { tokens } = parseArgs({ args, options, strict: false, tokens: true });
  for (const token of tokens) {
    if (token.kind === 'positional' && !allowPositionals) {
      return `there is nothing to give but options; got ${token.value}`;
    }
    if (token.kind !== 'option') continue;
    const { name, rawName, value, inlineValue } = token;
    const type = options[name]?.type;
    if (type === undefined) return unknown(rawName, Object.keys(options));
    if (type === 'boolean' && value !== undefined) return `${rawName} takes no value; got ${value}`;
    if (type === 'string') {
      const needs = `${rawName} needs a value`;
      if (value === undefined) return needs;
      // It may be the next option, whose predecessor's value was forgotten.
      if (!inlineValue && value.startsWith('-') && value !== '-') {
        return `${needs}, but ${value} follows; if that is the value, write --${name}=${value}`;
      }
    }
  }
  return null;
}

function unknown(rawName: string, names: readonly string[]): string {
  const nearest = rawName.startsWith('--') ? nearestName(rawName.slice(2), names) : null;
  const cure = nearest === null ? '' : `; did you mean --${nearest}?`;
  return `Unknown option '${rawName}'${cure}`;
}
