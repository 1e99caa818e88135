const DAY = '(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)';
const FORMS = [
  // Sun, 06 Nov 1994 08:49:37 GMT
  new RegExp(`^${DAY}, \\d\\d [A-Z][a-z]{2} \\d{4} \\d\\d:\\d\\d:\\d\\d GMT$`),
  // Sunday, 06-Nov-94 08:49:37 GMT
  /^[A-Z][a-z]{5,8}, \d\d-[A-Z][a-z]{2}-\d\d \d\d:\d\d:\d\d GMT$/,
  // Sun Nov  6 08:49:37 1994
  new RegExp(`^${DAY} [A-Z][a-z]{2} [ \\d]\\d \\d\\d:\\d\\d:\\d\\d \\d{4}$`),
];

/** A time as a field value, in whole seconds: `Sun, 06 Nov 1994 08:49:37 GMT` (RFC 9110 section 5.6.7). */
export function formatHttpDate(timeMs: number): string {
  return new Date(timeMs).toUTCString();
}

/** The time in milliseconds of any of the three forms that a recipient must know; null for other text. */
export function parseHttpDate(text: string): number | null {
  const form = FORMS.findIndex((each) => each.test(text));
  if (form < 0) return null;
  // The last form has no zone, and means GMT.
  const timeMs = Date.parse(form === 2 ? `${text} GMT` : text);
  return Number.isNaN(timeMs) ? null : timeMs;
}
