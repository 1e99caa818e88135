// Numeric field values: content-length, range, content-range, chunk-size.
#pragma once

#include <cstddef>
#include <cstdint>

namespace gudeg::engine {

// Degu's largest length, 16 decimal digits.
inline constexpr uint64_t kDeguMaxLength = 9999999999999999;

// 1..16 digits, no sign or space, no leading zero unless exactly "0".
// False when malformed or above `max`.
bool ParseLength(const uint8_t* data, size_t size, uint64_t max,
                 uint64_t* out) noexcept;

struct ByteRange {
  uint64_t start;
  uint64_t stop;  // exclusive, as in Degu
};

// Degu's range: exactly "bytes=A-B", both ends given, A <= B < max length.
bool ParseRange(const uint8_t* data, size_t size, ByteRange* out) noexcept;

struct ContentRangeValue {
  uint64_t start;
  uint64_t stop;  // exclusive
  uint64_t total;
};

// Degu's content-range: exactly "bytes A-B/T", A <= B < T.
bool ParseContentRange(const uint8_t* data, size_t size,
                       ContentRangeValue* out) noexcept;

// Chunk size: 1..7 hex digits, no leading zero unless exactly "0" (kDegu); up
// to 16 hex digits with leading zeros allowed (kRfc, `strict` false).
// False when malformed; the caller compares with its own limit.
bool ParseChunkSize(const uint8_t* data, size_t size, bool strict,
                    uint64_t* out) noexcept;

// Writes `value` in decimal and returns the count of digits (1..20).
size_t WriteDecimal(uint8_t* out, uint64_t value) noexcept;

}  // namespace gudeg::engine
