// Searches over many bytes at once.
#pragma once

#include <cstddef>
#include <cstdint>

namespace gudeg::engine {

// The first byte that a field value may not hold (a control character other
// than HTAB, so also CR and LF), or `end`.
const uint8_t* FindFieldValueEnd(const uint8_t* begin,
                                 const uint8_t* end) noexcept;

// The first byte that a request target may not hold (SP, control characters,
// '#', 0x7f..0xff) or a backslash, or `end`.
const uint8_t* FindTargetEnd(const uint8_t* begin, const uint8_t* end) noexcept;

// Copies until the first byte that a field value may not hold; returns the
// count copied. `to` and `from` must not overlap.
size_t CopyFieldValue(uint8_t* to, const uint8_t* from, size_t size) noexcept;

}  // namespace gudeg::engine
