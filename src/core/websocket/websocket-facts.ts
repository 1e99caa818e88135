/** How a WebSocket ended. */
export interface WebSocketEnd {
  /** The peer's close code, or ours where it was at fault; 1005: it gave none; 1006: the connection was lost. */
  readonly code: number;
  readonly reason: string;
}

/** Options of `each()`. */
export interface EachOptions {
  /** Whether binary messages may be views of memory that is used again afterwards. Default false. */
  borrow?: boolean | undefined;
}

/** Options of `send()` and its like. */
export interface SendOptions {
  /** Compress the message, where that was negotiated. Default: when it has `thresholdBytes` or more. */
  compress?: boolean;
}

/** What a handshake agreed on; one object for all sockets of a gateway that agreed on the same. */
export interface WebSocketTerms {
  /** The sub-protocol that was chosen; null: none. */
  readonly protocol: string | null;
  readonly version: number;
  /** Shorter messages are not compressed; Infinity without compression. */
  readonly compressFromBytes: number;
}

/** An event of the protocol that needs no answer. */
export type ControlListener = (kind: 'ping' | 'pong', data: Buffer) => void;
