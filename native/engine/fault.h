// Every way a message can be refused, with the status that answers it.
#pragma once

#include <cstddef>
#include <cstdint>

namespace gudeg::engine {

// X(identifier, status, "what is wrong, for a person"). `status` is what a
// server answers (kRfc profile) before it closes the connection; a client
// reports the same text. Codes in JavaScript are GUDEG_ERR_HTTP_<IDENTIFIER>.
// clang-format off
#define GUDEG_FAULTS(X)                                                        \
  X(BadRequestLine, 400, "the request line is malformed")                      \
  X(BadMethod, 400, "the method is not a token")                               \
  X(UnsupportedMethod, 501, "the method is not supported")                     \
  X(BadTarget, 400, "the request target holds a forbidden byte or form")       \
  X(TargetTooLong, 414, "the request line is longer than the limit")           \
  X(BadVersion, 400, "the protocol version is malformed")                      \
  X(UnsupportedVersion, 505, "the protocol version is not HTTP/1.x")           \
  X(BadStatusLine, 400, "the status line is malformed")                        \
  X(BadStatus, 400, "the status is not in 100..599")                           \
  X(BadReason, 400, "the reason phrase holds a forbidden byte")                \
  X(BareLineFeed, 400, "a line ends in a bare LF or CR")                       \
  X(ObsoleteFolding, 400, "a field line starts with white space")              \
  X(BadFieldLine, 400, "a field line has no colon or a malformed separator")   \
  X(BadFieldName, 400, "a field name is not a token")                          \
  X(BadFieldValue, 400, "a field value holds a control character")             \
  X(HeadTooLarge, 431, "the head is larger than the limit")                    \
  X(TooManyFields, 431, "the head has more fields than the limit")             \
  X(DuplicateField, 400, "a field that may occur once occurs twice")           \
  X(MissingHost, 400, "an HTTP/1.1 request has no host field")                 \
  X(DuplicateHost, 400, "a request has more than one host field")              \
  X(BadHost, 400, "the host field is malformed")                               \
  X(BadContentLength, 400, "the content-length is malformed")                  \
  X(ContentLengthTooLarge, 413, "the content-length is above the limit")       \
  X(DuplicateContentLength, 400, "there is more than one content-length")      \
  X(LengthAndTransferEncoding, 400,                                            \
    "both content-length and transfer-encoding are present")                   \
  X(BadTransferEncoding, 400, "the transfer-encoding is malformed")            \
  X(UnsupportedTransferEncoding, 501, "the transfer-encoding is not chunked")  \
  X(TransferEncodingInHttp10, 400, "HTTP/1.0 has no transfer-encoding")        \
  X(UnsupportedExpectation, 417, "the expectation is not 100-continue")        \
  X(BodyNotAllowed, 400, "the method or status allows no body")                \
  X(BadRange, 400, "the range is malformed")                                   \
  X(BadContentRange, 400, "the content-range is malformed")                    \
  X(RangeWithBody, 400, "range and a body length exclude each other")          \
  X(MisplacedRange, 400, "range or content-range is in the wrong message")     \
  X(BadChunkSize, 400, "the chunk size is malformed")                          \
  X(ChunkTooLarge, 413, "a chunk is larger than the limit")                    \
  X(BadChunkExtension, 400, "the chunk extension is malformed")                \
  X(ChunkLineTooLong, 400, "the chunk line is longer than the limit")          \
  X(ChunkExtensionsTooLarge, 413,                                              \
    "the chunk extensions of the body are larger than the limit")              \
  X(BadChunkEnd, 400, "chunk data is not followed by CRLF")                    \
  X(BadTrailer, 400, "the trailer section is malformed")                       \
  X(TrailerTooLarge, 431, "the trailer section is larger than the limit")      \
  X(BodyTooLarge, 413, "the body is larger than the limit")                    \
  X(EmptyHead, 400, "the peer closed before a message began")                  \
  X(TruncatedHead, 400, "the peer closed inside a message head")               \
  X(TruncatedBody, 400, "the peer closed inside a message body")               \
  X(TooManyInterimResponses, 400, "there are more interim responses than allowed") \
  X(UnaskedSwitch, 400, "the peer switched protocols unasked")                 \
  X(UnaskedBytes, 400, "bytes came that belong to no response")                \
  X(MissingProxyHeader, 400, "the connection begins without a PROXY header")   \
  X(BadProxyHeader, 400, "the PROXY header is malformed")                      \
  X(ProxyHeaderTooLarge, 400, "the PROXY header is larger than the limit")     \
  X(ForeignProxy, 403, "the peer is none of the proxies that are allowed")     \
  X(OutputTooLarge, 500, "the rendered head is larger than the limit")         \
  X(BadOutputField, 500, "an outgoing field name or value is malformed")       \
  X(BadOutputStartLine, 500, "an outgoing start line is malformed")            \
  X(BadOutputChunk, 500, "an outgoing chunk or its extension is malformed")
// clang-format on

enum class Fault : uint8_t {
  kNone = 0,
#define X(id, status, text) k##id,
  GUDEG_FAULTS(X)
#undef X
      kCount
};

struct FaultInfo {
  const char* name;  // "BadRequestLine"
  uint16_t status;
  const char* text;
};
extern const FaultInfo kFaults[static_cast<size_t>(Fault::kCount)];

inline const FaultInfo& Describe(Fault fault) noexcept {
  return kFaults[static_cast<size_t>(fault)];
}

// What an incremental parser says after each call.
enum class Progress : uint8_t { kNeedMore, kDone, kFault };

}  // namespace gudeg::engine
