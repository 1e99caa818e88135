// Searches over many bytes at once. Short runs are searched in place, 16 bytes
// at a time; long ones by the widest instructions that the machine has.
#pragma once

#include <cstddef>
#include <cstdint>

#include "char_class.h"
#include "scan_block.h"
#include "scan_path.h"

namespace gudeg::engine {

// From how many bytes on a call through kScan is worth its price.
inline constexpr ptrdiff_t kLongRunBytes = 64;

// The first byte that a field value may not hold (a control character other
// than HTAB, so also CR and LF), or `end`.
inline const uint8_t* FindFieldValueEnd(const uint8_t* begin,
                                        const uint8_t* end) noexcept {
#ifdef GUDEG_SCAN_BLOCKS
  const uint8_t* const long_run = begin + kBlockBytes * 3;
  while (end - begin >= static_cast<ptrdiff_t>(kBlockBytes)) {
    const BlockMask stops = Block::Load(begin).FieldValueStops();
    if (stops.any()) return begin + stops.first();
    begin += kBlockBytes;
    if (begin >= long_run && end - begin >= kLongRunBytes) {
      return kScan.find_field_value_end(begin, end);
    }
  }
#endif
  while (begin < end && Is(*begin, kFieldValue)) ++begin;
  return begin;
}

// The first byte that a request target may not hold (SP, control characters,
// '#', 0x7f..0xff) or a backslash, or `end`.
inline const uint8_t* FindTargetEnd(const uint8_t* begin,
                                    const uint8_t* end) noexcept {
#ifdef GUDEG_SCAN_BLOCKS
  const uint8_t* const long_run = begin + kBlockBytes * 3;
  while (end - begin >= static_cast<ptrdiff_t>(kBlockBytes)) {
    const BlockMask stops = Block::Load(begin).TargetStops();
    if (stops.any()) return begin + stops.first();
    begin += kBlockBytes;
    if (begin >= long_run && end - begin >= kLongRunBytes) {
      return kScan.find_target_end(begin, end);
    }
  }
#endif
  while (begin < end && Is(*begin, kTarget) && *begin != '\\') ++begin;
  return begin;
}

// Copies until the first byte that a field value may not hold; returns the
// count of bytes before it (what follows them in `to` may have been written
// over). `to` has room for `size` bytes and does not overlap `from`.
inline size_t CopyFieldValue(uint8_t* to, const uint8_t* from,
                             size_t size) noexcept {
  if (size >= static_cast<size_t>(kLongRunBytes)) {
    return kScan.copy_field_value(to, from, size);
  }
  size_t at = 0;
#ifdef GUDEG_SCAN_BLOCKS
  for (; size - at >= kBlockBytes; at += kBlockBytes) {
    const Block block = Block::Load(from + at);
    block.Store(to + at);
    const BlockMask stops = block.FieldValueStops();
    if (stops.any()) return at + stops.first();
  }
#endif
  for (; at < size && Is(from[at], kFieldValue); ++at) to[at] = from[at];
  return at;
}

}  // namespace gudeg::engine
