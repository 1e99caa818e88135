import type { Request } from '../rgi/index.ts';

const NONE: readonly string[] = [];

/** What a request says that asks for a WebSocket, read in one pass over its fields; repeated ones are joined. */
export class HandshakeOffer {
  /** All field lines, as received. */
  lines = '';
  connection: string | null = null;
  upgrade: string | null = null;
  version: string | null = null;
  key: string | null = null;
  protocol: string | null = null;
  extensions: string | null = null;
  host: string | null = null;
  /** The field of this name; `pageOrigin` is what counts. */
  origin: string | null = null;
  /** What `origin` was called in version 8. */
  earlyOrigin: string | null = null;

  static read(request: Request): HandshakeOffer {
    const offer = new HandshakeOffer();
    offer.lines = request.visitFieldLines(take, offer);
    return offer;
  }

  /** Of the page that asks; null where the client is no browser. */
  get pageOrigin(): string | null {
    return this.origin ?? (this.version === '8' ? this.earlyOrigin : null);
  }

  /** Sub-protocols, the most wanted one first. */
  get protocols(): readonly string[] {
    return this.protocol === null ? NONE : listOf(this.protocol);
  }

  /** Whether it asks to go on as a WebSocket, rightly or wrongly. */
  get asksForWebSocket(): boolean {
    return hasToken(this.connection, 'upgrade') && hasToken(this.upgrade, 'websocket');
  }
}

/** The items of a comma-separated field. */
function listOf(field: string): string[] {
  return field
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '');
}

/** Whether a comma-separated field has an item, in whatever case. */
export function hasToken(field: string | null, token: string): boolean {
  if (field === null) return false;
  // Nearly always it is the only one.
  if (field.length === token.length) return field.toLowerCase() === token;
  return listOf(field).some((item) => item.toLowerCase() === token);
}

function take(offer: HandshakeOffer, name: string, value: string): void {
  switch (name) {
    case 'connection':
      offer.connection = join(offer.connection, value);
      break;
    case 'upgrade':
      offer.upgrade = join(offer.upgrade, value);
      break;
    case 'sec-websocket-version':
      offer.version = join(offer.version, value);
      break;
    case 'sec-websocket-key':
      offer.key = join(offer.key, value);
      break;
    case 'sec-websocket-protocol':
      offer.protocol = join(offer.protocol, value);
      break;
    case 'sec-websocket-extensions':
      offer.extensions = join(offer.extensions, value);
      break;
    case 'host':
      offer.host = join(offer.host, value);
      break;
    case 'origin':
      offer.origin = join(offer.origin, value);
      break;
    case 'sec-websocket-origin':
      offer.earlyOrigin = join(offer.earlyOrigin, value);
      break;
  }
}

function join(before: string | null, value: string): string {
  return before === null ? value : `${before}, ${value}`;
}
