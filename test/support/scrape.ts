/** One line of a scrape. */
export interface Sample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** The samples of Prometheus' text format 0.0.4; throws where a line is neither comment nor sample. */
export function parseScrape(text: string): Sample[] {
  const samples: Sample[] = [];
  for (const line of text.split('\n')) {
    if (line === '' || /^# (HELP|TYPE) [a-z_]+ ./.test(line)) continue;
    const found = /^([a-z_]+)(?:\{(.*)\})? (\+Inf|NaN|[\d.e+-]+)$/.exec(line);
    if (found === null) throw new Error(`no sample: ${line}`);
    const [, name = '', pairs = '', value = ''] = found;
    const labels = [...pairs.matchAll(/([a-z_]+)="((?:\\.|[^"\\])*)"/g)].map(
      ([, key = '', text = '']) => [key, text] as const,
    );
    samples.push({ name, labels: Object.fromEntries(labels), value: Number(value) });
  }
  return samples;
}

/** What samples of a name, with these labels among theirs, come to together. */
export function sumOf(
  samples: readonly Sample[],
  name: string,
  labels: Readonly<Record<string, string>> = {},
): number {
  return samples
    .filter((each) => each.name === name)
    .filter((each) => Object.entries(labels).every(([key, text]) => each.labels[key] === text))
    .reduce((sum, { value }) => sum + value, 0);
}
