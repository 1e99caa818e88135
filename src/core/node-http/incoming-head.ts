import { IncomingMessage } from 'node:http';
import type { EngineRequest } from '../server/index.ts';
import { nodeSymbols, type NodeRequest } from './node-internals.ts';

const { headers: kHeaders, headersCount: kHeadersCount } = nodeSymbols;
const proto = IncomingMessage.prototype as unknown as NodeRequest;
const NONE: string[] = [];

/**
 * The fields of a request, which the engine keeps until somebody asks: then they become an object or
 * an array at once. When the request is over they stay as text.
 */
export class IncomingHead {
  readonly #request: EngineRequest;
  readonly #maxCount: number;
  #text: string | null = null;
  #isParsed = false;

  /** @param maxCount of fields; those beyond are not in `headers`, as `server.maxHeadersCount` wants it */
  constructor(request: EngineRequest, maxCount: number) {
    this.#request = request;
    this.#maxCount = maxCount;
  }

  /**
   * The value of `message.rawHeaders`. Node's getter of `headers` asks for it too, right after it made
   * an object to fill: then that is filled from the engine, and there are no raw fields to go through.
   */
  rawHeaders(message: NodeRequest): string[] {
    const target = message[kHeaders] as Record<string, unknown> | null;
    if (target !== null && !this.#isParsed && this.#text === null && this.#maxCount === Infinity) {
      this.#isParsed = true;
      this.#parse(message, target);
      return NONE;
    }
    this.#isParsed = true;
    const raw = splitLines(this.#keptText());
    message[kHeadersCount] = Math.min(raw.length, this.#maxCount * 2);
    return raw;
  }

  /** After this the engine may forget the head. */
  keep(): void {
    this.#keptText();
  }

  #keptText(): string {
    const { fields } = this.#request.session.server.exchange;
    return (this.#text ??= this.#request.readFields((head, first, count) =>
      fields.text(head, first, count),
    ));
  }

  #parse(message: NodeRequest, target: Record<string, unknown>): void {
    const { fields } = this.#request.session.server.exchange;
    const add = (_: undefined, name: string, value: string): void => {
      const earlier = target[name];
      if (earlier === undefined) {
        target[name] = value;
        return;
      }
      if (name === 'set-cookie' && typeof earlier === 'string') target[name] = [earlier];
      proto._addHeaderLine.call(message, name, value, target);
    };
    this.#request.readFields((head, first, count) => {
      fields.visit(head, first, count, add, undefined);
    });
    const cookie = target['set-cookie'];
    if (typeof cookie === 'string') target['set-cookie'] = [cookie];
  }
}

/** Names and values in turn. The engine has checked that every line has a colon and no fold. */
function splitLines(text: string): string[] {
  const raw: string[] = [];
  for (let start = 0; start < text.length;) {
    let end = text.indexOf('\r\n', start);
    if (end < 0) end = text.length;
    const colon = text.indexOf(':', start);
    raw.push(text.slice(start, colon), text.slice(colon + 1, end).replace(/^[\t ]+|[\t ]+$/g, ''));
    start = end + 2;
  }
  return raw;
}
