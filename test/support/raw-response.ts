/** A response as it stood on the wire. Bytes are shown as Latin-1 characters. */
export class RawResponse {
  readonly status: number;
  readonly reason: string;
  /** Field lines in order, without their ends. */
  readonly lines: readonly string[];
  /** The content: chunks are joined. */
  readonly body: string;
  /** What stood behind the head, chunk lines included. */
  readonly wire: string;
  /** Field lines behind the last chunk. */
  readonly trailers: readonly string[];

  constructor(head: string, body: string, wire: string, trailers: readonly string[]) {
    const [start = '', ...lines] = head.split('\r\n');
    const [, status, reason] = /^HTTP\/1\.1 (\d{3}) ?(.*)$/.exec(start) ?? [];
    this.status = Number(status);
    this.reason = reason ?? '';
    this.lines = lines;
    this.body = body;
    this.wire = wire;
    this.trailers = trailers;
  }

  /** All values of a field. */
  values(name: string): string[] {
    const prefix = `${name}: `;
    return this.lines
      .filter((line) => line.toLowerCase().startsWith(prefix))
      .map((line) => line.slice(prefix.length));
  }

  /** The only value of a field; undefined without one. */
  field(name: string): string | undefined {
    const values = this.values(name);
    if (values.length > 1) throw new Error(`${name} occurs ${values.length} times`);
    return values[0];
  }

  /**
   * Takes one whole response off the front of `text`; null while bytes are missing.
   * @param isHead the response answers a HEAD request
   * @param isEnd nothing follows `text` any more
   */
  static take(
    text: string,
    isHead: boolean,
    isEnd: boolean,
  ): { response: RawResponse; rest: string } | null {
    const headEnd = text.indexOf('\r\n\r\n');
    if (headEnd < 0) return null;
    const head = text.slice(0, headEnd);
    const after = text.slice(headEnd + 4);
    const status = Number(head.slice(9, 12));
    const finish = (
      body: string,
      size: number,
      trailers: readonly string[] = [],
    ): { response: RawResponse; rest: string } => ({
      response: new RawResponse(head, body, after.slice(0, size), trailers),
      rest: after.slice(size),
    });
    if (isHead || status < 200 || status === 204 || status === 304) return finish('', 0);
    if (/\r\ntransfer-encoding: chunked/i.test(head)) {
      const chunks = joinChunks(after);
      return chunks === null ? null : finish(chunks.body, chunks.size, chunks.trailers);
    }
    const length = /\r\ncontent-length: (\d+)/i.exec(head)?.[1];
    if (length === undefined) return isEnd ? finish(after, after.length) : null;
    const size = Number(length);
    return after.length < size ? null : finish(after.slice(0, size), size);
  }
}

function joinChunks(text: string): { body: string; size: number; trailers: string[] } | null {
  let body = '';
  let at = 0;
  for (;;) {
    const lineEnd = text.indexOf('\r\n', at);
    if (lineEnd < 0) return null;
    const size = parseInt(text.slice(at, lineEnd), 16);
    const start = lineEnd + 2;
    if (size === 0) {
      if (text.startsWith('\r\n', start)) return { body, size: start + 2, trailers: [] };
      const end = text.indexOf('\r\n\r\n', start);
      if (end < 0) return null;
      return { body, size: end + 4, trailers: text.slice(start, end).split('\r\n') };
    }
    if (text.length < start + size + 2) return null;
    body += text.slice(start, start + size);
    at = start + size + 2;
  }
}
