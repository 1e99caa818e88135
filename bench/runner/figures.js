/** A figure with three significant digits and thousands separated: `3.02`, `12.7`, `84,310`. @param {number | undefined} value */
export function figure(value) {
  if (value === undefined || !Number.isFinite(value)) return '';
  if (Math.abs(value) >= 100) return Math.round(value).toLocaleString('en-US');
  return Math.abs(value) >= 10 ? value.toFixed(1) : value.toFixed(2);
}

/** A ratio: `1.06×`. @param {number | undefined} value */
export function ratio(value) {
  return value === undefined ? '' : `${figure(value)}×`;
}
