import {
  IncomingMessage,
  ServerResponse,
  validateHeaderName,
  validateHeaderValue,
} from 'node:http';

type WriteEarlyHints = ServerResponse['writeEarlyHints'];
type Hints = Parameters<WriteEarlyHints>[0];

/** Has node judge hints, and sends nothing. @throws what node throws */
function rehearse(hints: Hints): void {
  const response = new ServerResponse(new IncomingMessage(null as never));
  Object.assign(response, { _writeRaw: () => true });
  response.writeEarlyHints(hints);
}

/** Before Node 24, hints leave as they are given: a line end in one begins a field of its own. */
function nodeChecksHints(): boolean {
  try {
    rehearse({ link: '</a>; rel=preload', a: '\r\n' });
    return false;
  } catch {
    return true;
  }
}

/**
 * What responses have in the place of `writeEarlyHints()` where node's own lets line ends out; null
 * where it refuses them. Throws node's errors: ERR_INVALID_HTTP_TOKEN, ERR_INVALID_CHAR.
 */
export const checkedEarlyHints: WriteEarlyHints | null = nodeChecksHints()
  ? null
  : function (this: ServerResponse, hints, callback) {
      const prototype = Object.getPrototypeOf(this) as ServerResponse;
      prototype.writeEarlyHints.call(this, checked(hints), callback);
    };

function checked(hints: Hints): Hints {
  rehearse(hints);
  const fields = Object.entries(hints).map(([name, value]: [string, unknown]) => {
    validateHeaderName(name);
    if (Array.isArray(value)) return [name, value.map((each) => checkedText(name, each))] as const;
    // Hints without links are not sent.
    return [name, value == null ? value : checkedText(name, value)] as const;
  });
  return Object.fromEntries(fields) as Hints;
}

function checkedText(name: string, value: unknown): string {
  const text = String(value);
  validateHeaderValue(name, text);
  return text;
}
