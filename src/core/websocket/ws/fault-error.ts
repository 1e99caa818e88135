import type { WebSocketFaultInfo } from '../../native/index.ts';

const INVALID = 'Invalid WebSocket frame: ';

/** The codes and messages of the package `ws` for what a peer does wrong, by the engine's name. */
const ERRORS: Readonly<Record<string, readonly [code: string, message: string]>> = {
  ReservedBit: ['WS_ERR_UNEXPECTED_RSV_1', `${INVALID}RSV1 must be clear`],
  UnknownOpcode: ['WS_ERR_INVALID_OPCODE', `${INVALID}invalid opcode`],
  UnmaskedFrame: ['WS_ERR_EXPECTED_MASK', `${INVALID}MASK must be set`],
  MaskedFrame: ['WS_ERR_UNEXPECTED_MASK', `${INVALID}MASK must be clear`],
  FragmentedControl: ['WS_ERR_EXPECTED_FIN', `${INVALID}FIN must be set`],
  ControlTooLong: [
    'WS_ERR_INVALID_CONTROL_PAYLOAD_LENGTH',
    `${INVALID}invalid payload length of a control frame`,
  ],
  LengthNotMinimal: [
    'WS_ERR_UNSUPPORTED_DATA_PAYLOAD_LENGTH',
    `${INVALID}the payload length is not in its shortest form`,
  ],
  LengthTooLarge: [
    'WS_ERR_UNSUPPORTED_DATA_PAYLOAD_LENGTH',
    'Unsupported WebSocket frame: payload length > 2^53 - 1',
  ],
  UnexpectedContinuation: ['WS_ERR_INVALID_OPCODE', `${INVALID}invalid opcode 0`],
  InterruptedMessage: ['WS_ERR_INVALID_OPCODE', `${INVALID}invalid opcode inside a message`],
  BadClosePayload: ['WS_ERR_INVALID_CONTROL_PAYLOAD_LENGTH', `${INVALID}invalid payload length 1`],
  BadCloseCode: ['WS_ERR_INVALID_CLOSE_CODE', `${INVALID}invalid status code`],
  BadCloseReason: ['WS_ERR_INVALID_UTF8', `${INVALID}invalid UTF-8 sequence`],
  InvalidUtf8: ['WS_ERR_INVALID_UTF8', `${INVALID}invalid UTF-8 sequence`],
  BadCompression: ['Z_DATA_ERROR', 'invalid compressed data'],
  TooManyFrames: ['WS_ERR_TOO_MANY_BUFFERED_PARTS', 'Too many message fragments'],
  MessageTooLarge: ['WS_ERR_UNSUPPORTED_MESSAGE_LENGTH', 'Max payload size exceeded'],
};

/** What `error` is emitted with. */
export function faultError({ name, text }: WebSocketFaultInfo): RangeError & { code: string } {
  const [code, message] = ERRORS[name] ?? ['WS_ERR_INVALID_OPCODE', text];
  return Object.assign(new RangeError(message), { code });
}
