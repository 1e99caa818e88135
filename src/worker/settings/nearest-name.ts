/** So many letters of a name may be wrong, beside one in three. */
const MOST_EDITS = 3;

/** The one of `names` that was probably meant, where one is near enough; the first of those that are equally near. */
export function nearestName(given: string, names: readonly string[]): string | null {
  const most = Math.min(MOST_EDITS, Math.floor(given.length / 3));
  let nearest: string | null = null;
  let fewest = most + 1;
  for (const name of names) {
    const edits = editDistance(given, name);
    if (edits < fewest) [nearest, fewest] = [name, edits];
  }
  return nearest;
}

/** How many letters have to be put in, left out, replaced, or swapped with their neighbour (optimal string alignment). */
function editDistance(from: string, to: string): number {
  const rows: number[][] = [Array.from({ length: to.length + 1 }, (_, column) => column)];
  const at = (row: number, column: number): number => rows[row]?.[column] ?? Infinity;
  for (let i = 1; i <= from.length; i++) {
    const row = [i];
    rows.push(row);
    for (let j = 1; j <= to.length; j++) {
      const isSame = from[i - 1] === to[j - 1];
      const isSwapped = from[i - 1] === to[j - 2] && from[i - 2] === to[j - 1];
      row.push(
        Math.min(
          at(i - 1, j) + 1,
          at(i, j - 1) + 1,
          at(i - 1, j - 1) + (isSame ? 0 : 1),
          isSwapped ? at(i - 2, j - 2) + 1 : Infinity,
        ),
      );
    }
  }
  return at(from.length, to.length);
}
