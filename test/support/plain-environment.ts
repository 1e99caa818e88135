/** The environment without a preloaded sanitizer, which is for Node alone. */
export function plainEnvironment(): Record<string, string> {
  const entries = Object.entries(process.env).filter(([name]) => name !== 'LD_PRELOAD');
  return Object.fromEntries(entries) as Record<string, string>;
}
