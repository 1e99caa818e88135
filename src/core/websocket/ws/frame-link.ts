import type { WebSocketFaultInfo } from '../../native/index.ts';

/** Called when something was written, or could not be. */
export type Sent = (error?: Error | null) => void;

/** What a link tells its WebSocket. */
export interface LinkListener {
  onMessage(data: Buffer, isBinary: boolean): void;
  onPing(data: Buffer): void;
  onPong(data: Buffer): void;
  /** The peer's close frame; 1005: without a code. */
  onPeerClose(code: number, reason: Buffer): void;
  /** The peer broke the protocol or a limit. */
  onFault(fault: WebSocketFaultInfo): void;
  /** The peer has ended or lost the connection; `onGone()` follows. */
  onPeerEnd(): void;
  onGone(): void;
}

/** Carries the frames of one WebSocket over one socket. */
export interface FrameLink {
  /** Bytes that wait to leave. */
  readonly bufferedAmount: number;
  send(opcode: number, data: Buffer, isCompressed: boolean, sent?: Sent): void;
  close(code: number, reason: string, sent: Sent): void;
  /** Both sides have said that they close: the socket ends. */
  end(): void;
  pause(): void;
  resume(): void;
  /** Cuts the connection. */
  terminate(): void;
}
