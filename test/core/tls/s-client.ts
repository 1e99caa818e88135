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

/** A request after which the server closes. */
export const lastRequest = 'GET / HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n';

/**
 * Runs `openssl s_client` against a port of 127.0.0.1 until the connection ends.
 * @param args options besides `-connect`
 * @param input what it sends behind the handshake; lines of `R` and `k` are its commands
 */
export async function sClient(
  port: number,
  args: readonly string[],
  input: string = lastRequest,
): Promise<SClientResult> {
  const child = spawn(
    'openssl',
    ['s_client', '-brief', '-connect', `127.0.0.1:${port}`, '-ign_eof', ...args],
    { stdio: ['pipe', 'pipe', 'pipe'] },
  );
  let text = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('latin1').on('data', (data: string) => (text += data));
  }
  // A handshake that fails ends the program before it reads.
  child.stdin.on('error', () => undefined);
  child.stdin.end(input);
  await once(child, 'close');
  return {
    text,
    alert: numberIn(text, /SSL alert number (\d+)/),
    status: numberIn(text, /^HTTP\/1\.1 (\d{3})/m),
  };
}

function numberIn(text: string, pattern: RegExp): number | null {
  const [, digits] = pattern.exec(text) ?? [];
  return digits === undefined ? null : Number(digits);
}
