/** Where an app writes what goes wrong: `wsgi.errors`. */
export interface ErrorStream {
  /** Takes text. */
  write(text: string): void;
  /** Takes several pieces of text; no line ends are added. */
  writelines(lines: Iterable<string>): void;
  /** Does nothing where nothing is held back. */
  flush(): void;
}

/** The standard error of the process. */
export const standardError: ErrorStream = {
  write(text) {
    process.stderr.write(text);
  },
  writelines(lines) {
    for (const line of lines) process.stderr.write(line);
  },
  flush() {
    // Nothing is held back.
  },
};
