import { parseExtensions, type ExtensionItem } from './extension-list.ts';
import type { CompleteDeflateOptions } from './websocket-options.ts';

/** What both sides agreed on, from one side's view. */
export interface NegotiatedDeflate {
  readonly keepsSendContext: boolean;
  readonly keepsReceiveContext: boolean;
  readonly sendWindowBits: number;
  readonly receiveWindowBits: number;
  readonly level: number;
  readonly memoryLevel: number;
}

interface Parameters {
  serverNoContextTakeover: boolean;
  clientNoContextTakeover: boolean;
  /** undefined: not named. */
  serverMaxWindowBits: number | undefined;
  /** null: named without a value. */
  clientMaxWindowBits: number | null | undefined;
}

const NAME = 'permessage-deflate';
/** zlib writes no raw stream with a window of 2^8 bytes. */
const MIN_SEND_BITS = 9;

/** Parameters of one item; null when one is unknown, doubled or has a bad value (RFC 7692 section 7.1). */
function readParameters({ parameters }: ExtensionItem): Parameters | null {
  const read: Parameters = {
    serverNoContextTakeover: false,
    clientNoContextTakeover: false,
    serverMaxWindowBits: undefined,
    clientMaxWindowBits: undefined,
  };
  const seen = new Set<string>();
  for (const [name, value] of parameters) {
    if (seen.has(name)) return null;
    seen.add(name);
    const isBits = value !== true && /^([89]|1[0-5])$/.test(value);
    if (name === 'server_no_context_takeover' && value === true) {
      read.serverNoContextTakeover = true;
    } else if (name === 'client_no_context_takeover' && value === true) {
      read.clientNoContextTakeover = true;
    } else if (name === 'server_max_window_bits' && isBits) {
      read.serverMaxWindowBits = Number(value);
    } else if (name === 'client_max_window_bits' && (isBits || value === true)) {
      read.clientMaxWindowBits = value === true ? null : Number(value);
    } else {
      return null;
    }
  }
  return read;
}

/** What a server accepts of a client's offers: what goes into its answer, and what it means. */
export interface AcceptedDeflate {
  readonly header: string;
  readonly deflate: NegotiatedDeflate;
}

/** The first offer that can be met; null when there is none, undefined when the field is malformed. */
export function acceptOffer(
  field: string,
  options: CompleteDeflateOptions,
): AcceptedDeflate | null | undefined {
  const items = parseExtensions(field);
  if (items === null) return undefined;
  for (const item of items) {
    if (item.name.toLowerCase() !== NAME) continue;
    const offer = readParameters(item);
    if (offer === null) continue;
    const sendBits = Math.min(offer.serverMaxWindowBits ?? 15, options.serverMaxWindowBits);
    if (sendBits < MIN_SEND_BITS) continue;
    return accept(offer, sendBits, options);
  }
  return null;
}

function accept(
  offer: Parameters,
  sendWindowBits: number,
  options: CompleteDeflateOptions,
): AcceptedDeflate {
  const serverDrops = offer.serverNoContextTakeover || options.serverNoContextTakeover;
  const clientDrops = offer.clientNoContextTakeover || options.clientNoContextTakeover;
  // A client that doesn't name it need not understand it.
  const receiveWindowBits =
    offer.clientMaxWindowBits === undefined
      ? 15
      : Math.min(offer.clientMaxWindowBits ?? 15, options.clientMaxWindowBits);
  const header = [
    NAME,
    ...(serverDrops ? ['server_no_context_takeover'] : []),
    ...(clientDrops ? ['client_no_context_takeover'] : []),
    ...(sendWindowBits < 15 ? [`server_max_window_bits=${sendWindowBits}`] : []),
    ...(receiveWindowBits < 15 ? [`client_max_window_bits=${receiveWindowBits}`] : []),
  ].join('; ');
  const deflate = {
    keepsSendContext: !serverDrops,
    keepsReceiveContext: !clientDrops,
    sendWindowBits,
    receiveWindowBits,
    level: options.level,
    memoryLevel: options.memoryLevel,
  };
  return { header, deflate };
}

/** What a client offers. */
export function offerOf(options: CompleteDeflateOptions): string {
  const { serverMaxWindowBits: server, clientMaxWindowBits: client } = options;
  return [
    NAME,
    ...(options.serverNoContextTakeover ? ['server_no_context_takeover'] : []),
    ...(options.clientNoContextTakeover ? ['client_no_context_takeover'] : []),
    ...(server < 15 ? [`server_max_window_bits=${server}`] : []),
    client < 15 ? `client_max_window_bits=${client}` : 'client_max_window_bits',
  ].join('; ');
}

/** What a server's answer to `offerOf(options)` means; null: no compression; undefined: it breaks the rules. */
export function readAnswer(
  field: string,
  options: CompleteDeflateOptions | null,
): NegotiatedDeflate | null | undefined {
  const items = parseExtensions(field);
  if (items?.length === 0) return null;
  const [item, another] = items ?? [];
  if (options === null || item?.name.toLowerCase() !== NAME || another !== undefined) {
    return undefined;
  }
  const answer = readParameters(item);
  if (answer === null || answer.clientMaxWindowBits === null) return undefined;
  const serverBits = answer.serverMaxWindowBits ?? 15;
  const clientBits = Math.min(answer.clientMaxWindowBits ?? 15, options.clientMaxWindowBits);
  const isBroken =
    (options.serverNoContextTakeover && !answer.serverNoContextTakeover) ||
    serverBits > options.serverMaxWindowBits ||
    clientBits < MIN_SEND_BITS;
  if (isBroken) return undefined;
  return {
    keepsSendContext: !answer.clientNoContextTakeover && !options.clientNoContextTakeover,
    keepsReceiveContext: !answer.serverNoContextTakeover,
    sendWindowBits: clientBits,
    receiveWindowBits: serverBits,
    level: options.level,
    memoryLevel: options.memoryLevel,
  };
}
