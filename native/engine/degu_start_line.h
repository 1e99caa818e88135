// Request and status lines by the rules of Degu, given without their CRLF.
#pragma once

#include <cstddef>
#include <cstdint>

#include "fault.h"
#include "head.h"
#include "methods.h"

namespace gudeg::engine {

bool IsDeguMethod(Method method) noexcept;

// A path of components without percent-encoding, and perhaps a query.
bool IsDeguUri(const uint8_t* data, size_t size) noexcept;

Fault ParseDeguRequestLine(const uint8_t* data, uint32_t size,
                           RequestHead* head) noexcept;
Fault ParseDeguStatusLine(const uint8_t* data, uint32_t size,
                          ResponseHead* head) noexcept;

}  // namespace gudeg::engine
