import type { ReadStream, WriteStream } from 'node:tty';
import { styleText } from 'node:util';

const ESC = '\u001B[';
const ENTER = `${ESC}?1049h${ESC}?25l`;
const LEAVE = `${ESC}?25h${ESC}?1049l`;
const HOME = `${ESC}H`;
const CLEAR_LINE = `${ESC}K`;
const CLEAR_BELOW = `${ESC}J`;
const CTRL_C = '\u0003';

/** The lines of a page; `titles` stands out. */
export interface Page {
  readonly heading: readonly string[];
  readonly titles: string;
  readonly rows: readonly string[];
  readonly footer: string;
}

/** The whole terminal, until `dispose`, which leaves it as it was. */
export class TopScreen implements Disposable {
  readonly #out: WriteStream;
  readonly #in: ReadStream;
  readonly #controller = new AbortController();
  #page: Page = { heading: [], titles: '', rows: [], footer: '' };

  constructor(out: WriteStream, input: ReadStream) {
    this.#out = out;
    this.#in = input;
    out.write(ENTER);
    out.on('resize', this.#draw);
    if (input.isTTY) input.setRawMode(true);
    input.on('data', this.#onKey);
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, this.#close);
  }

  /** Aborts at `q`, Ctrl-C, or a signal that ends the process. */
  get closed(): AbortSignal {
    return this.#controller.signal;
  }

  show(page: Page): void {
    this.#page = page;
    this.#draw();
  }

  readonly #close = (): void => {
    this.#controller.abort();
  };

  readonly #onKey = (bytes: Buffer): void => {
    const keys = bytes.toString();
    if (keys.includes('q') || keys.includes(CTRL_C)) this.#close();
  };

  readonly #draw = (): void => {
    const { columns, rows: height } = this.#out;
    const { heading, titles, rows, footer } = this.#page;
    const cut = (line: string): string => line.slice(0, columns);
    const bold = styleText('inverse', cut(titles).padEnd(columns));
    const lines = [...heading.map(cut), bold, ...rows.map(cut)].slice(0, Math.max(1, height - 1));
    const text = [...lines, cut(footer)].map((line) => `${line}${CLEAR_LINE}`).join('\r\n');
    this.#out.write(`${HOME}${text}${CLEAR_BELOW}`);
  };

  [Symbol.dispose](): void {
    this.#out.off('resize', this.#draw);
    this.#in.off('data', this.#onKey);
    if (this.#in.isTTY) this.#in.setRawMode(false);
    this.#in.pause();
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.off(signal, this.#close);
    this.#out.write(LEAVE);
  }
}
