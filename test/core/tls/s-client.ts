import { spawn } from 'node:child_process';
import { once } from 'node:events';

/** How `openssl s_client` fared. */
export interface SClientResult {
  /** All that it printed. */
  readonly text: string;
  /** The number of the alert that the server sent; null without one. */
  readonly alert: number | null;
  /** The status of the response; null without one. */
  readonly status: number | null;
}

/** How `openssl s_client` is run. */
export interface SClientOptions {
  /** A command to it before it sends the request: negotiate again, or change the keys. */
  readonly command?: 'R' | 'K';
  /** Whether it keeps certificates and tickets to itself. Default true. */
  readonly isBrief?: boolean;
}

/** What it prints when it does so. */
const announcements = { R: 'RENEGOTIATING', K: 'KEYUPDATE' };

/** A request after which the server closes. */
const lastRequest = 'GET / HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n';

/**
 * Runs `openssl s_client` against a port of 127.0.0.1 until the connection ends.
 * @param args options besides `-connect`
 */
export async function sClient(
  port: number,
  args: readonly string[],
  { command, isBrief = command === undefined }: SClientOptions = {},
): Promise<SClientResult> {
  const flags = [...(isBrief ? ['-brief'] : []), ...(command === undefined ? ['-ign_eof'] : [])];
  const child = spawn('openssl', ['s_client', '-connect', `127.0.0.1:${port}`, ...flags, ...args]);
  let text = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('latin1').on('data', (data: string) => (text += data));
  }
  // A handshake that fails ends the program before it reads.
  child.stdin.on('error', () => undefined);
  if (command === undefined) child.stdin.end(lastRequest);
  else {
    child.stdin.write(`${command}\n`);
    // It takes what it reads at once for one command, or for one piece of data.
    const whenDone = (): void => {
      if (!text.includes(announcements[command])) return;
      child.stderr.off('data', whenDone);
      child.stdin.write(lastRequest);
    };
    child.stderr.on('data', whenDone);
  }
  await once(child, 'close');
  return {
    text,
    alert: numberIn(text, /SSL alert number (\d+)/),
    status: numberIn(text, /HTTP\/1\.1 (\d{3}) /),
  };
}

function numberIn(text: string, pattern: RegExp): number | null {
  const [, digits] = pattern.exec(text) ?? [];
  return digits === undefined ? null : Number(digits);
}
