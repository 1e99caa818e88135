import { STATUS_CODES } from 'node:http';

/** Node has the phrases of older RFCs for some; native/connection/status_lines.cc has the same table. */
const PHRASES: Readonly<Record<string, string | undefined>> = {
  ...STATUS_CODES,
  413: 'Content Too Large',
  422: 'Unprocessable Content',
};

/** The usual reason phrase of a status code (RFC 9110 section 15); `'Unknown'` for one without. */
export function reasonPhrase(status: number): string {
  return PHRASES[status] ?? 'Unknown';
}

/** Whether `reason` is what the engine writes for `status` by itself. */
export function isUsualReason(status: number, reason: string): boolean {
  return PHRASES[status] === reason;
}
