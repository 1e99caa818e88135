/** `1.5 s`, `820 ms`, `95 µs`: three digits at most. */
export function showDuration(seconds: number): string {
  if (seconds >= 1) return `${digits(seconds)} s`;
  if (seconds >= 1e-3) return `${digits(seconds * 1e3)} ms`;
  return `${digits(seconds * 1e6)} µs`;
}

/** `3 d 4 h`, `5 h 12 min`, `7 min 1 s`, `12 s`. */
export function showAge(seconds: number): string {
  const whole = Math.floor(seconds);
  const units = [
    [Math.floor(whole / 86_400), 'd'],
    [Math.floor(whole / 3600) % 24, 'h'],
    [Math.floor(whole / 60) % 60, 'min'],
    [whole % 60, 's'],
  ] as const;
  const first = units.findIndex(([count]) => count > 0);
  if (first < 0) return '0 s';
  return units
    .slice(first, first + 2)
    .map(([count, unit]) => `${count} ${unit}`)
    .join(' ');
}

/** `81 MiB` */
export function showBytes(bytes: number): string {
  return `${Math.round(bytes / 1024 / 1024)} MiB`;
}

/** `12.3`, `1250` */
export function showRate(perSecond: number): string {
  return perSecond >= 100 ? String(Math.round(perSecond)) : digits(perSecond);
}

function digits(value: number): string {
  return String(Number(value.toPrecision(3)));
}

/**
 * The duration that a share of requests stayed below, from counts by bucket; null without requests. Inside a
 * bucket they count as spread evenly.
 */
export function quantile(
  bounds: readonly number[],
  counts: readonly number[],
  share: number,
): number | null {
  const total = counts.reduce((sum, count) => sum + count, 0);
  let left = total * share;
  for (const [index, count] of counts.entries()) {
    if (count > 0 && left <= count) {
      const lower = bounds[index - 1] ?? 0;
      const upper = bounds[index] ?? lower;
      return lower + ((upper - lower) * left) / count;
    }
    left -= count;
  }
  return null;
}
