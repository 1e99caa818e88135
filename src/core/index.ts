/**
 * HTTP/1.1 for applications: the RGI contract and ready-made apps, and the native server.
 *
 * @packageDocumentation
 */
export {
  GudegError,
  GudegRangeError,
  GudegTypeError,
  HttpProtocolError,
  type CodedError,
  type ErrorCode,
  type HttpErrorCode,
} from './errors.ts';
export {
  Body,
  BodyIter,
  BodyState,
  ChunkedBody,
  ChunkedBodyIter,
  ContentRange,
  FileSource,
  Range,
  Tunnel,
  type BodyItem,
  type BodySink,
  type BodySource,
  type ByteSink,
  type ByteSource,
  type Chunk,
  type ChunkExtension,
  type ChunkItem,
  type ChunkSource,
  type ChunkedBodyIterOptions,
  type FileHandleLike,
  type TunnelHandler,
  type TunnelOptions,
  type TunnelStream,
} from './http/index.ts';
export * from './rgi/index.ts';
export {
  SERVER_OPTION_TYPES,
  Server,
  TempServer,
  requestError,
  requestFinish,
  requestStart,
  type CloseOptions,
  type CompleteServerOptions,
  type ErrorContext,
  type InheritedSocket,
  type ListenAddress,
  type Profile,
  type RequestMessage,
  type ServerEvents,
  type ServerOptions,
} from './server/index.ts';
