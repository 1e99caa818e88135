// Field sections by the rules of Degu.
#pragma once

#include <cstdint>

#include "fault.h"
#include "head.h"
#include "limits.h"
#include "slice.h"

namespace gudeg::engine {

// Field lines from `start` to `size`, with CRLF between them. Sets the count
// of fields, the framing and the length in `head`.
Fault ParseDeguFields(const uint8_t* data, uint32_t start, uint32_t size,
                      const Limits& limits, bool is_response,
                      FieldSlice* fields, MessageHead* head) noexcept;

}  // namespace gudeg::engine
