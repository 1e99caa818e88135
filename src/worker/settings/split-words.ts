/** Words of a text as a shell would give them to a command: quotes hold words together, a backslash takes the next character as it is. */
export function splitWords(text: string): string[] {
  const words = text.match(/(?:"(?:\\.|[^"\\])*"|'[^']*'|\\.|[^\s"'\\])+/g) ?? [];
  return words.map((word) =>
    word.replace(
      /"((?:\\.|[^"\\])*)"|'([^']*)'|\\(.)/g,
      (_, double: string | undefined, single: string | undefined, escaped: string | undefined) =>
        double?.replace(/\\(.)/g, '$1') ?? single ?? escaped ?? '',
    ),
  );
}
