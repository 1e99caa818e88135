import { demand } from './contract.ts';
import type { ErrorStream } from './error-stream.ts';
import type { Input } from './input.ts';

/** The parts of `wsgi.input` that an app may rely on. */
export type InputContract = Pick<Input, 'read' | 'readline' | 'readlines' | typeof Symbol.iterator>;

/** Checks how an app uses `wsgi.input`, and what that gives. */
export class CheckedInput implements InputContract {
  readonly #input: InputContract;

  constructor(input: InputContract) {
    this.#input = input;
  }

  read(...args: [size?: number | null]): Buffer {
    return this.#bytes('read', args, this.#input.read(...args));
  }

  readline(...args: [size?: number | null]): Buffer {
    return this.#bytes('readline', args, this.#input.readline(...args));
  }

  readlines(...args: [hint?: number | null]): Buffer[] {
    const lines: unknown = this.#input.readlines(...args);
    demand(Array.isArray(lines), "environ['wsgi.input'].readlines()", 'an array', lines);
    return lines.map((line) => this.#bytes('readlines', args, line));
  }

  *[Symbol.iterator](): Generator<Buffer, void, undefined> {
    for (const line of this.#input) yield this.#bytes('iteration', [], line);
  }

  #bytes(name: string, args: readonly unknown[], given: unknown): Buffer {
    const where = `environ['wsgi.input'].${name}()`;
    const isSize = (size: unknown): boolean =>
      size === undefined || size === null || Number.isInteger(size);
    demand(args.length <= 1 && args.every(isSize), `the size for ${where}`, 'an integer', args);
    demand(given instanceof Uint8Array, `what ${where} gives`, 'bytes', given);
    return given as Buffer;
  }
}

/** Checks how an app uses `wsgi.errors`. */
export class CheckedErrors implements ErrorStream {
  readonly #errors: ErrorStream;

  constructor(errors: ErrorStream) {
    this.#errors = errors;
  }

  write(text: string): void {
    demand(typeof text === 'string', "what environ['wsgi.errors'].write() gets", 'text', text);
    this.#errors.write(text);
  }

  writelines(lines: Iterable<string>): void {
    for (const line of lines) this.write(line);
  }

  flush(): void {
    this.#errors.flush();
  }
}
