// Request and status lines of RFC 9112 sections 3 and 4, read from left to
// right as field_line.h does.
#pragma once

#include <cstddef>
#include <cstdint>

#include "field_line.h"
#include "head.h"

namespace gudeg::engine {

// Both answer kEnd with `next` behind the line. `max_line_bytes` does not
// count the CRLF; a longer line is Fault::kTargetTooLong in a request and
// Fault::kHeadTooLarge in a response.
LineResult ParseRequestLine(const uint8_t* data, uint32_t start, size_t size,
                            uint32_t max_line_bytes,
                            RequestHead* head) noexcept;
LineResult ParseStatusLine(const uint8_t* data, uint32_t start, size_t size,
                           uint32_t max_line_bytes,
                           ResponseHead* head) noexcept;

}  // namespace gudeg::engine
