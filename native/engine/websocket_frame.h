// Heads of WebSocket frames and payloads of close frames (RFC 6455 section 5).
#pragma once

#include <cstddef>
#include <cstdint>

#include "fault.h"
#include "websocket_fault.h"
#include "websocket_mask.h"

namespace gudeg::engine {

enum class WebSocketOpcode : uint8_t {
  kContinuation = 0,
  kText = 1,
  kBinary = 2,
  kClose = 8,
  kPing = 9,
  kPong = 10,
};

inline bool IsControl(WebSocketOpcode opcode) noexcept {
  return static_cast<uint8_t>(opcode) >= 8;
}

// Which side we are: a server's peer masks, a client's does not.
enum class WebSocketRole : uint8_t { kServer, kClient };

inline constexpr size_t kMaxFrameHeadBytes = 14;
inline constexpr size_t kMaxControlBytes = 125;
inline constexpr size_t kMaxCloseReasonBytes = kMaxControlBytes - 2;
// What a close frame without a code stands for; never sent.
inline constexpr uint16_t kNoCloseCode = 1005;

struct FrameHead {
  uint64_t payload_bytes = 0;
  WebSocketMask mask = 0;
  WebSocketOpcode opcode = WebSocketOpcode::kContinuation;
  uint8_t head_bytes = 0;
  bool fin = false;
  bool rsv1 = false;
  bool masked = false;
};

// Reads a head at the start of `data`; a fault is found as soon as the byte is
// there that makes it. RSV1 is let through where `rsv1_allowed`, but not on
// control frames and continuations (RFC 7692 section 6.1).
Progress ParseFrameHead(const uint8_t* data, size_t size, WebSocketRole role,
                        bool rsv1_allowed, FrameHead* head,
                        WebSocketFault* fault) noexcept;

// Writes a head, minimal and unmasked, or masked with `*mask`. Returns its
// bytes: at most kMaxFrameHeadBytes.
size_t WriteFrameHead(uint8_t* out, WebSocketOpcode opcode, bool fin, bool rsv1,
                      uint64_t payload_bytes,
                      const WebSocketMask* mask) noexcept;

// May this code stand in a close frame? 1000..1003, 1007..1014 (RFC 6455
// section 7.4 and its registry), 3000..4999.
bool IsCloseCode(uint16_t code) noexcept;

// Judges the payload of a close frame; `*code` is kNoCloseCode without one.
WebSocketFault CheckClosePayload(const uint8_t* data, size_t size,
                                 uint16_t* code) noexcept;

// Writes code and reason, cut at a character to what a control frame holds.
// kNoCloseCode gives an empty payload. Returns its bytes.
size_t WriteClosePayload(uint8_t* out, uint16_t code, const uint8_t* reason,
                         size_t reason_bytes) noexcept;

}  // namespace gudeg::engine
