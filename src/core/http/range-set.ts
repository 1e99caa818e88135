import { MAX_RANGES } from './limits.ts';
import { Range } from './range.ts';

const SPEC = /^(\d*)-(\d*)$/;

/**
 * What a `range` field asks of a representation of `total` bytes (RFC 9110 section 14): ranges in
 * the order asked for, clamped to `total`, overlapping ones merged. An empty array means that no
 * range can be satisfied (416). Null means that the field is to be ignored: another unit, malformed,
 * more than 16 ranges, or more than two that overlap (section 17.15).
 */
export function resolveRangeSet(field: string | Range, total: number): Range[] | null {
  if (field instanceof Range) {
    return field.start < total ? [new Range(field.start, Math.min(field.stop, total))] : [];
  }
  if (!/^bytes=/i.test(field)) return null;
  const specs = field.slice(6).split(',', 4 * MAX_RANGES);
  const ranges: Range[] = [];
  let count = 0;
  for (const spec of specs) {
    const text = spec.replace(/^[ \t]+|[ \t]+$/g, '');
    if (text === '') continue;
    const match = SPEC.exec(text);
    if (match === null || text === '-' || ++count > MAX_RANGES) return null;
    const range = resolve(match[1] ?? '', match[2] ?? '', total);
    if (range === 'ignore') return null;
    if (range !== null) ranges.push(range);
  }
  if (count === 0 || specs.length === 4 * MAX_RANGES) return null;
  return mergeOverlaps(ranges);
}

/** One range-spec; null when it is beyond the end. */
function resolve(first: string, last: string, total: number): Range | null | 'ignore' {
  if (first === '') {
    const suffix = Math.min(Number(last), total);
    if (suffix > 0) return new Range(total - suffix, total);
    // The last five bytes of nothing are satisfiable, and have no content-range: send it all.
    return total === 0 && Number(last) > 0 ? 'ignore' : null;
  }
  const start = Number(first);
  if (last !== '' && Number(last) < start) return 'ignore';
  const stop = last === '' ? total : Math.min(Number(last) + 1, total);
  return start < total ? new Range(start, stop) : null;
}

function mergeOverlaps(ranges: Range[]): Range[] | null {
  const merged: Range[] = [];
  let overlaps = 0;
  for (const range of ranges.toSorted((a, b) => a.start - b.start)) {
    const previous = merged.at(-1);
    if (previous !== undefined && range.start < previous.stop) {
      overlaps += 1;
      merged[merged.length - 1] = new Range(previous.start, Math.max(previous.stop, range.stop));
    } else {
      merged.push(range);
    }
  }
  if (overlaps === 0) return ranges;
  return overlaps > 1 ? null : merged;
}
