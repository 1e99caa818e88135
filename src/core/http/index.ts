export {
  Opcode,
  isFrameTunnel,
  isFramingTunnel,
  type Broadcaster,
  type FrameDeflate,
  type FrameReceiver,
  type FrameSettings,
  type FrameTransport,
  type FrameTunnel,
  type FramingTunnel,
  type HostedTransport,
  type Message,
} from './frame-transport.ts';
export { AddressRanges, checkAddressRange } from './address-range.ts';
export { acceptedCodings } from './accept-encoding.ts';
export { asBuffer } from './body-content.ts';
export { asByteSink, type BodySink } from './as-byte-sink.ts';
export type { FileHandleLike, BodySource } from './as-byte-source.ts';
export { Body } from './body.ts';
export type { BodyItem } from './body-item.ts';
export { BodyIter } from './body-iter.ts';
export { BodyState } from './body-state.ts';
export { checkByteOffset } from './byte-offset.ts';
export type { ByteSink } from './byte-sink.ts';
export type { ByteSource, Chunk, ChunkExtension, ChunkSource } from './byte-source.ts';
export { ChunkedBody } from './chunked-body.ts';
export {
  ChunkedBodyIter,
  type ChunkItem,
  type ChunkedBodyIterOptions,
} from './chunked-body-iter.ts';
export { ContentRange } from './content-range.ts';
export { EngineBodyReader } from './engine-body-reader.ts';
export { EngineBodyWriter } from './engine-body-writer.ts';
export { readFieldLines } from './field-lines.ts';
export { FileSource } from './file-source.ts';
export { formatHttpDate, parseHttpDate } from './http-date.ts';
export { IO_BYTES, MAX_CHUNK_BYTES, MAX_LENGTH, MAX_READ_BYTES } from './limits.ts';
export { multipartByteranges, type MultipartByteranges } from './multipart-byteranges.ts';
export {
  HIGH_WATER_LIMITS,
  MAX_MS,
  MESSAGE_LIMITS,
  checkLimit,
  checkProfile,
  defaultOf,
  type NumericLimit,
} from './numeric-limit.ts';
export { evaluatePreconditions, rangeApplies, type Validators } from './preconditions.ts';
export { Range } from './range.ts';
export { resolveRangeSet } from './range-set.ts';
export { isUsualReason, reasonPhrase } from './reason-phrases.ts';
export { isStreamedBody, type StreamedBody } from './streamed-body.ts';
export {
  Tunnel,
  isSocketTunnel,
  type SocketTunnel,
  type TunnelHandler,
  type TunnelOptions,
  type TunnelStream,
} from './tunnel.ts';
export { joinUri } from './uri.ts';
export { writeChunkTo } from './write-chunk-to.ts';
