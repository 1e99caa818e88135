import { BodyStatus, ControlIndex, type EngineFault } from '../native/index.ts';
import type { EngineRequest, EngineSession, Exchange } from '../server/index.ts';
import { kEngineRequest } from './message-fields.ts';
import type { NodeRequest } from './node-internals.ts';

/** What reading a body needs of a connection. */
export interface BodySession extends EngineSession {
  readonly socket: { countRead(bytes: number): void } | null;
  waitingBody: NodeRequest | null;
  /** The request whose pipe has got a piece, and gets the next one when it is done with that. */
  pausedBody: NodeRequest | null;
  /** The body broke the protocol: it has no end. */
  readonly isRefused: boolean;
  refuseBody(fault: EngineFault): void;
  onBodyComplete(message: NodeRequest): void;
}

/** What one call into the engine gives at most. */
const READ_BYTES = 65_536;
/** Where the engine copies to, as long as reads are short. */
let spare: Buffer | null = null;

/** `_read()` of a request: pulls its body from the engine until the stream has enough. */
export function readIncomingBody(this: NodeRequest): void {
  if (!this._consuming) {
    this._readableState['readingMore'] = false;
    this._consuming = true;
    if (takeWhole(this)) return;
  }
  pump(this);
}

/** Most bodies are there with their heads: then the engine isn't asked. */
function takeWhole(message: NodeRequest): boolean {
  const request = message[kEngineRequest] as EngineRequest;
  const session = request.session as BodySession;
  if (session.isRefused || session.running !== request) return false;
  const bytes = request.takeWholeBody();
  if (bytes === null) return false;
  session.socket?.countRead(bytes.length);
  message.push(bytes);
  if (isPiped(message)) pause(message, session, finishPaused);
  else finish(message, session);
  return true;
}

/**
 * Who pipes a body may count on what happens between its pieces, as parsers of uploads do. In node:http each
 * piece comes from a callback of its own, after which ticks and promises run.
 */
function isPiped(message: NodeRequest): boolean {
  return (message._readableState['pipes'] as unknown[]).length > 0;
}

function pause(
  message: NodeRequest,
  session: BodySession,
  goOn: (message: NodeRequest, session: BodySession) => void,
): void {
  session.pausedBody = message;
  setImmediate(goOn, message, session);
}

function finishPaused(message: NodeRequest, session: BodySession): void {
  session.pausedBody = null;
  if (!message.destroyed) finish(message, session);
}

function pumpPaused(message: NodeRequest, session: BodySession): void {
  session.pausedBody = null;
  if (!message.destroyed) pump(message);
}

function pump(message: NodeRequest): void {
  const request = message[kEngineRequest] as EngineRequest;
  const session = request.session as BodySession;
  if (session.isRefused || session.pausedBody === message) return;
  // The engine drops what is left of a body whose request was answered.
  if (!request.hasBody || session.running !== request) {
    finish(message, session);
    return;
  }
  const { engine, control } = session.server.exchange;
  for (;;) {
    const target = (spare ??= Buffer.allocUnsafeSlow(READ_BYTES));
    const count = engine.readBody(session.slot, target, 0, READ_BYTES);
    if (count < 0) return;
    switch (control[ControlIndex.BODY_STATUS] as number) {
      case BodyStatus.DATA:
        session.socket?.countRead(count);
        if (!message.push(handOver(target, count))) return;
        if (isPiped(message)) {
          pause(message, session, pumpPaused);
          return;
        }
        break;
      case BodyStatus.WAIT:
        session.waitingBody = message;
        return;
      case BodyStatus.END:
        readTrailers(message, session.server.exchange);
        finish(message, session);
        return;
      case BodyStatus.FAULT: {
        const { faults } = session.server.exchange;
        session.refuseBody(faults[control[ControlIndex.BODY_FAULT] as number] as EngineFault);
        return;
      }
      default: // a chunk begins or ends
    }
  }
}

/** More of the body has come. */
export function continueBody(message: NodeRequest): void {
  if (!message.destroyed) pump(message);
}

function finish(message: NodeRequest, session: BodySession): void {
  message.complete = true;
  message.push(null);
  session.onBodyComplete(message);
}

/** A long read is given as it is; a short one doesn't keep a long allocation alive. */
function handOver(target: Buffer, count: number): Buffer {
  if (count <= target.length / 2) return Buffer.from(target.subarray(0, count));
  spare = null;
  return target.subarray(0, count);
}

function readTrailers(message: NodeRequest, { control, fields }: Exchange): void {
  const count = control[ControlIndex.TRAILER_COUNT] as number;
  if (count === 0) return;
  const raw = fields.raw(
    control[ControlIndex.HEAD_OFFSET] as number,
    control[ControlIndex.FIELDS_OFFSET] as number,
    count,
  );
  // Tells node's method that these are trailers.
  message.complete = true;
  message._addHeaderLines(raw, raw.length);
}
