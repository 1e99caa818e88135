import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';

/** A folder with the files of a small project, gone at the end of the block. */
export class WorkerFolder implements Disposable {
  readonly path: string = mkdtempSync(join(tmpdir(), 'gudeg-worker-'));

  constructor(files: Readonly<Record<string, string>> = {}) {
    for (const [name, text] of Object.entries(files)) this.write(name, text);
  }

  write(name: string, text: string): void {
    writeFileSync(join(this.path, name), text);
  }

  join(name: string): string {
    return join(this.path, name);
  }

  /** What `pattern` finds in a file, as soon as it does. */
  async written(name: string, pattern: RegExp): Promise<RegExpExecArray> {
    for (;;) {
      const text = existsSync(this.join(name)) ? readFileSync(this.join(name), 'utf8') : '';
      const found = pattern.exec(text);
      if (found !== null) return found;
      await setTimeout(20);
    }
  }

  [Symbol.dispose](): void {
    rmSync(this.path, { recursive: true, force: true });
  }
}

/** An app that answers its process id, and a few things more by path. */
export const pidApp = `
  const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
  function spin(ms) {
    const end = Date.now() + ms;
    while (Date.now() < end);
  }
  const kept = [];
  export default async (_session, { uri }) => {
    const [, what, value] = uri.split('/');
    if (what === 'sleep') await sleep(Number(value));
    if (what === 'spin') spin(Number(value));
    if (what === 'leak') kept.push(Buffer.alloc(Number(value) * 1024 * 1024, 1));
    if (what === 'env') return [200, 'OK', {}, process.env[value] ?? ''];
    if (what === 'fail') throw new Error('failed on purpose');
    if (what === 'exit') process.exit(Number(value));
    return [200, 'OK', {}, String(process.pid)];
  };
`;
