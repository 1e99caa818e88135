/**
 * The boundary to C++: finds the addon, types what it exports, and states the layout of the memory
 * that both sides share.
 *
 * @packageDocumentation
 */
export type {
  Engine,
  EngineAddress,
  EngineFault,
  EngineMemory,
  EngineServerOptions,
  ListenArguments,
  WebSocketCodec,
  WebSocketConfig,
  WebSocketDeflate,
  WebSocketFaultInfo,
  WebSocketSettings,
} from './binding.ts';
export type {
  BlockingHandle,
  EngineBlocking,
  EngineClientOptions,
  EngineClients,
} from './client-binding.ts';
export {
  CLIENT_CLOSE_REASONS,
  type ClientCloseReason,
  ClientEventKind,
  RequestStatus,
  ResponseFlag,
} from './client-records.ts';
export { FieldReader } from './field-reader.ts';
export { type GreenStack, loadGreenStack } from './green-stack.ts';
export { loadEngine, platformName } from './load.ts';
export {
  ANSWER_INTS,
  AnswerFlag,
  BodyStatus,
  CLOSE_REASONS,
  type CloseReason,
  CodecEvent,
  ControlIndex,
  EVENT_INTS,
  EventKind,
  FIELD_NAME_SHIFT,
  Framing,
  MessageFlag,
  MessageIndex,
  RequestFlag,
  RequestIndex,
  TARGET_REFRESH,
  WriteStatus,
} from './records.ts';
export {
  readTlsFailure,
  type EngineTls,
  type EngineTlsConnections,
  type EngineTlsInfo,
  type EngineTlsOptions,
  type TlsContextHandle,
  type TlsFailure,
} from './tls-binding.ts';
