// Finds two bytes that follow each other, such as CRLF.
#pragma once

#include <cstdint>
#include <cstring>

namespace gudeg::engine {

// The first place of the pair within [start, size), or `size`.
inline uint32_t FindPair(const uint8_t* data, uint32_t start, uint32_t size,
                         char first, char second) noexcept {
  while (start + 1 < size) {
    const void* const found =
        std::memchr(data + start, first, size - start - 1);
    if (found == nullptr) break;
    start = static_cast<uint32_t>(static_cast<const uint8_t*>(found) - data);
    if (data[start + 1] == static_cast<uint8_t>(second)) return start;
    ++start;
  }
  return size;
}

}  // namespace gudeg::engine
