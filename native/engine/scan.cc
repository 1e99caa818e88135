#include "scan.h"

#include "char_class.h"

namespace gudeg::engine {

const uint8_t* FindFieldValueEnd(const uint8_t* begin,
                                 const uint8_t* end) noexcept {
  while (begin < end && Is(*begin, kFieldValue)) ++begin;
  return begin;
}

const uint8_t* FindTargetEnd(const uint8_t* begin,
                             const uint8_t* end) noexcept {
  while (begin < end && Is(*begin, kTarget) && *begin != '\\') ++begin;
  return begin;
}

size_t CopyFieldValue(uint8_t* to, const uint8_t* from, size_t size) noexcept {
  size_t i = 0;
  for (; i < size && Is(from[i], kFieldValue); ++i) to[i] = from[i];
  return i;
}

}  // namespace gudeg::engine
