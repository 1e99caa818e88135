const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** Local date and time as access lines have them: `24/Nov/2026:08:30:00`. */
export function dateTime(separator: string, date: Date = new Date()): string {
  const day = two(date.getDate());
  const month = MONTHS[date.getMonth()] ?? '';
  const time = [date.getHours(), date.getMinutes(), date.getSeconds()].map(two).join(':');
  return `${day}/${month}/${date.getFullYear()}${separator}${time}`;
}

/** The offset of local time: `+0000`. */
export function timeZone(date: Date = new Date()): string {
  const minutes = -date.getTimezoneOffset();
  const size = Math.abs(minutes);
  return `${minutes < 0 ? '-' : '+'}${two(Math.floor(size / 60))}${two(size % 60)}`;
}

function two(value: number): string {
  return String(value).padStart(2, '0');
}
