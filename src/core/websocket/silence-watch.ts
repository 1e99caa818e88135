import { CloseCode } from './close-code.ts';
import type { CompleteWebSocketOptions } from './websocket-options.ts';

/** A peer that is watched. */
export interface WatchedPeer {
  close(code: number, reason: string): void;
  terminate(): void;
  /** False when it was not sent. */
  ping(): boolean;
}

/** Pings a silent peer, drops one that stays silent, closes one that sends no message. */
export class SilenceWatch {
  readonly #timer: NodeJS.Timeout | undefined;
  #hasHeard = true;
  #isPinged = false;
  #lastMessageMs = Date.now();

  constructor(
    peer: WatchedPeer,
    {
      pingIntervalMs,
      idleTimeoutMs,
    }: Pick<CompleteWebSocketOptions, 'pingIntervalMs' | 'idleTimeoutMs'>,
  ) {
    const intervalMs = Math.min(pingIntervalMs || Infinity, idleTimeoutMs || Infinity);
    if (intervalMs === Infinity) return;
    this.#timer = setInterval(() => {
      if (idleTimeoutMs !== 0 && Date.now() - this.#lastMessageMs >= idleTimeoutMs) {
        peer.close(CloseCode.GOING_AWAY, 'idle');
      }
      if (this.#hasHeard || pingIntervalMs === 0) this.#isPinged = false;
      else if (this.#isPinged) peer.terminate();
      else this.#isPinged = peer.ping();
      this.#hasHeard = false;
    }, intervalMs);
    this.#timer.unref();
  }

  /** Bytes came. */
  onBytes(): void {
    this.#hasHeard = true;
  }

  /** A message came. */
  onMessage(): void {
    this.#hasHeard = true;
    this.#lastMessageMs = Date.now();
  }

  stop(): void {
    clearInterval(this.#timer);
  }
}
