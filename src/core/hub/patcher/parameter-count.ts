/**
 * How many parameters a function declares, those with default values included, which `length` leaves out; Infinity
 * where that cannot be told.
 */
export function parameterCount(fn: (...args: never[]) => unknown): number {
  const text = Function.prototype.toString.call(fn);
  const start = text.indexOf('(') + 1;
  if (start === 0 || text.includes('[native code]')) return Infinity;
  let depth = 1;
  let commas = 0;
  let last = '';
  for (const character of text.slice(start)) {
    if ('([{'.includes(character)) depth++;
    if (')]}'.includes(character) && --depth === 0) {
      return last === '' ? 0 : commas + (last === ',' ? 0 : 1);
    }
    // Rest parameters.
    if (character === '.' && depth === 1) return Infinity;
    if (character === ',' && depth === 1) commas++;
    if (character.trim() !== '') last = character;
  }
  return Infinity;
}
