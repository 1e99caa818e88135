// Positions inside a message head. Offsets count from the first byte handed to
// the parser, so they survive a move of the bytes in memory.
#pragma once

#include <cstdint>

namespace gudeg::engine {

struct Slice {
  uint32_t offset = 0;
  uint32_t length = 0;
};

// One field line. JavaScript reads arrays of this through typed arrays, so the
// layout is fixed: 16 bytes, little fields packed behind the first offset.
struct FieldSlice {
  uint32_t name_offset;
  uint16_t name_length;
  uint16_t name_id;  // KnownField of field_names.h; 0 = not a known name
  uint32_t value_offset;
  uint32_t value_length;  // without optional white space around (kRfc)
};
static_assert(sizeof(FieldSlice) == 16);

}  // namespace gudeg::engine
