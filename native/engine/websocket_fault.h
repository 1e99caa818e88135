// Every way a WebSocket peer can break the protocol or a limit, with the close
// code that answers it (RFC 6455 section 7.4.1).
#pragma once

#include <cstddef>
#include <cstdint>

namespace gudeg::engine {

// X(identifier, close code, "what is wrong, for a person"). Codes in JavaScript
// are GUDEG_ERR_WEBSOCKET_<IDENTIFIER>.
// clang-format off
#define GUDEG_WEBSOCKET_FAULTS(X)                                             \
  X(ReservedBit, 1002, "a frame has a reserved bit that means nothing here")  \
  X(UnknownOpcode, 1002, "a frame has an unknown opcode")                     \
  X(UnmaskedFrame, 1002, "a frame of a client is not masked")                 \
  X(MaskedFrame, 1002, "a frame of a server is masked")                       \
  X(FragmentedControl, 1002, "a control frame is a fragment")                 \
  X(ControlTooLong, 1002, "a control frame has more than 125 bytes")          \
  X(LengthNotMinimal, 1002, "a length is not written in the shortest form")   \
  X(LengthTooLarge, 1002, "a length has its highest bit set")                 \
  X(UnexpectedContinuation, 1002, "a continuation frame continues nothing")   \
  X(InterruptedMessage, 1002, "a message begins inside a fragmented one")     \
  X(BadClosePayload, 1002, "the payload of a close frame is a single byte")   \
  X(BadCloseCode, 1002, "a close code may not be sent")                       \
  X(BadCloseReason, 1002, "the reason of a close frame is not UTF-8")         \
  X(InvalidUtf8, 1007, "a text message is not UTF-8")                         \
  X(BadCompression, 1007, "a compressed message is not a deflate stream")     \
  X(TooManyFrames, 1008, "a message has more frames than the limit")          \
  X(MessageTooLarge, 1009, "a message is larger than the limit")
// clang-format on

enum class WebSocketFault : uint8_t {
  kNone = 0,
#define X(id, code, text) k##id,
  GUDEG_WEBSOCKET_FAULTS(X)
#undef X
      kCount
};

struct WebSocketFaultInfo {
  const char* name;  // "ReservedBit"
  uint16_t close_code;
  const char* text;
};
extern const WebSocketFaultInfo
    kWebSocketFaults[static_cast<size_t>(WebSocketFault::kCount)];

inline const WebSocketFaultInfo& Describe(WebSocketFault fault) noexcept {
  return kWebSocketFaults[static_cast<size_t>(fault)];
}

}  // namespace gudeg::engine
