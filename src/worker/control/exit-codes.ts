/** 3 and 4 are those of the Linux Standard Base for a program that does not run, and for missing privileges. */
export const EXIT_DONE = 0;
export const EXIT_REFUSED = 1;
export const EXIT_USAGE = 2;
export const EXIT_ABSENT = 3;
export const EXIT_DENIED = 4;

const byCode: Readonly<Record<string, number>> = {
  GUDEG_ERR_INVALID_OPTION: EXIT_USAGE,
  GUDEG_ERR_CONTROL_ABSENT: EXIT_ABSENT,
  GUDEG_ERR_CONTROL_DENIED: EXIT_DENIED,
};

/** The exit code for what was thrown. */
export function exitCodeOf(error: unknown): number {
  const { code = '' } = error as { code?: string };
  return byCode[code] ?? EXIT_REFUSED;
}
