// Masking of WebSocket payloads (RFC 6455 section 5.3).
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>

namespace gudeg::engine {

// The four bytes of a masking key as they lie on the wire, in memory order.
using WebSocketMask = uint32_t;

// Writes `size` masked bytes of `in` to `out`; the two may be the same memory.
// The first byte meets the first byte of the key.
void ApplyMask(const uint8_t* in, uint8_t* out, size_t size,
               WebSocketMask mask) noexcept;

// The same without vector instructions.
void ApplyMaskPortable(const uint8_t* in, uint8_t* out, size_t size,
                       WebSocketMask mask) noexcept;

// The key for what follows `count` bytes.
inline WebSocketMask MaskAfter(WebSocketMask mask, uint64_t count) noexcept {
  const int bits = static_cast<int>(count % 4) * 8;
  return std::endian::native == std::endian::little ? std::rotr(mask, bits)
                                                    : std::rotl(mask, bits);
}

}  // namespace gudeg::engine
