/** The calls of a `BlockedReport` as a stack of Node shows them. */
export function stackText(stack: readonly string[]): string {
  return stack.map((line) => `    at ${line}`).join('\n');
}
