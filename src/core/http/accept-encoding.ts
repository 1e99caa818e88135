/**
 * Which of `codings` the field accepts, best first: by its weights, then in the order given
 * (RFC 9110 section 12.5.3). Without the field, none is.
 */
export function acceptedCodings(field: unknown, codings: readonly string[]): string[] {
  if (typeof field !== 'string') return [];
  const weights = new Map<string, number>();
  for (const item of field.split(',', 64)) {
    const [name = '', ...parameters] = item.split(';').map((part) => part.trim().toLowerCase());
    const weight = parameters.find((parameter) => parameter.startsWith('q='));
    weights.set(name, weight === undefined ? 1 : Number(weight.slice(2)) || 0);
  }
  const weightOf = (coding: string): number => weights.get(coding) ?? weights.get('*') ?? 0;
  return codings.filter((coding) => weightOf(coding) > 0).sort((a, b) => weightOf(b) - weightOf(a));
}
