#include "websocket_frame.h"

#include <algorithm>
#include <cstring>

#include "utf8_validator.h"

namespace gudeg::engine {

namespace {

constexpr uint8_t kFin = 0x80;
constexpr uint8_t kRsv1 = 0x40;
constexpr uint8_t kRsv2And3 = 0x30;
constexpr uint8_t kMasked = 0x80;
constexpr uint8_t kLength16 = 126;
constexpr uint8_t kLength64 = 127;

bool IsOpcode(uint8_t opcode) noexcept {
  return opcode <= 2 || (opcode >= 8 && opcode <= 10);
}

uint64_t ReadBigEndian(const uint8_t* data, size_t bytes) noexcept {
  uint64_t value = 0;
  for (size_t i = 0; i < bytes; i++) value = value << 8 | data[i];
  return value;
}

}  // namespace

Progress ParseFrameHead(const uint8_t* data, size_t size, WebSocketRole role,
                        bool rsv1_allowed, FrameHead* head,
                        WebSocketFault* fault) noexcept {
  const auto fail = [fault](WebSocketFault found) {
    *fault = found;
    return Progress::kFault;
  };
  if (size == 0) return Progress::kNeedMore;
  const uint8_t opcode = data[0] & 0x0f;
  head->fin = (data[0] & kFin) != 0;
  head->rsv1 = (data[0] & kRsv1) != 0;
  head->opcode = static_cast<WebSocketOpcode>(opcode);
  if ((data[0] & kRsv2And3) != 0) return fail(WebSocketFault::kReservedBit);
  if (!IsOpcode(opcode)) return fail(WebSocketFault::kUnknownOpcode);
  const bool control = IsControl(head->opcode);
  if (head->rsv1 && (!rsv1_allowed || control || opcode == 0)) {
    return fail(WebSocketFault::kReservedBit);
  }
  if (control && !head->fin) return fail(WebSocketFault::kFragmentedControl);

  if (size == 1) return Progress::kNeedMore;
  head->masked = (data[1] & kMasked) != 0;
  if (role == WebSocketRole::kServer && !head->masked) {
    return fail(WebSocketFault::kUnmaskedFrame);
  }
  if (role == WebSocketRole::kClient && head->masked) {
    return fail(WebSocketFault::kMaskedFrame);
  }
  const uint8_t short_length = data[1] & 0x7f;
  if (control && short_length > kMaxControlBytes) {
    return fail(WebSocketFault::kControlTooLong);
  }
  size_t at = 2;
  head->payload_bytes = short_length;
  if (short_length >= kLength16) {
    const size_t length_bytes = short_length == kLength16 ? 2 : 8;
    if (short_length == kLength64 && size > 2 && data[2] >= 0x80) {
      return fail(WebSocketFault::kLengthTooLarge);
    }
    if (size < at + length_bytes) return Progress::kNeedMore;
    head->payload_bytes = ReadBigEndian(data + at, length_bytes);
    at += length_bytes;
    if (head->payload_bytes < kLength16 ||
        (length_bytes == 8 && head->payload_bytes <= 0xffff)) {
      return fail(WebSocketFault::kLengthNotMinimal);
    }
  }
  if (head->masked) {
    if (size < at + sizeof(WebSocketMask)) return Progress::kNeedMore;
    memcpy(&head->mask, data + at, sizeof(WebSocketMask));
    at += sizeof(WebSocketMask);
  }
  head->head_bytes = static_cast<uint8_t>(at);
  return Progress::kDone;
}

size_t WriteFrameHead(uint8_t* out, WebSocketOpcode opcode, bool fin, bool rsv1,
                      uint64_t payload_bytes,
                      const WebSocketMask* mask) noexcept {
  out[0] = static_cast<uint8_t>((fin ? kFin : 0) | (rsv1 ? kRsv1 : 0) |
                                static_cast<uint8_t>(opcode));
  const uint8_t masked = mask != nullptr ? kMasked : 0;
  size_t at = 2;
  if (payload_bytes < kLength16) {
    out[1] = static_cast<uint8_t>(masked | payload_bytes);
  } else {
    const bool wide = payload_bytes > 0xffff;
    out[1] = static_cast<uint8_t>(masked | (wide ? kLength64 : kLength16));
    for (int shift = wide ? 56 : 8; shift >= 0; shift -= 8) {
      out[at++] = static_cast<uint8_t>(payload_bytes >> shift);
    }
  }
  if (mask != nullptr) {
    memcpy(out + at, mask, sizeof(WebSocketMask));
    at += sizeof(WebSocketMask);
  }
  return at;
}

bool IsCloseCode(uint16_t code) noexcept {
  return (code >= 1000 && code <= 1003) || (code >= 1007 && code <= 1014) ||
         (code >= 3000 && code <= 4999);
}

WebSocketFault CheckClosePayload(const uint8_t* data, size_t size,
                                 uint16_t* code) noexcept {
  *code = kNoCloseCode;
  if (size == 0) return WebSocketFault::kNone;
  if (size == 1) return WebSocketFault::kBadClosePayload;
  const auto given = static_cast<uint16_t>(ReadBigEndian(data, 2));
  if (!IsCloseCode(given)) return WebSocketFault::kBadCloseCode;
  Utf8Validator reason;
  if (!reason.Feed(data + 2, size - 2) || !reason.complete()) {
    return WebSocketFault::kBadCloseReason;
  }
  *code = given;
  return WebSocketFault::kNone;
}

size_t WriteClosePayload(uint8_t* out, uint16_t code, const uint8_t* reason,
                         size_t reason_bytes) noexcept {
  if (code == kNoCloseCode) return 0;
  out[0] = static_cast<uint8_t>(code >> 8);
  out[1] = static_cast<uint8_t>(code);
  size_t length = std::min(reason_bytes, kMaxCloseReasonBytes);
  if (length < reason_bytes) {
    while (length != 0 && (reason[length] & 0xc0) == 0x80) length--;
  }
  if (length != 0) memcpy(out + 2, reason, length);
  return 2 + length;
}

}  // namespace gudeg::engine
