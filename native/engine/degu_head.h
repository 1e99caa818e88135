// Heads by the rules of Degu (kDegu profile): the whole preamble must be there,
// ended by CRLFCRLF, before it is judged.
#pragma once

#include <cstddef>
#include <cstdint>

#include "fault.h"
#include "head.h"
#include "limits.h"
#include "slice.h"

namespace gudeg::engine {

// Looks for the end of a preamble. `position` is where the search resumes and
// `preamble_size` what stands before CRLFCRLF. kFault is Fault::kEmptyHead or
// Fault::kHeadTooLarge.
Progress FindDeguPreamble(const uint8_t* data, size_t size,
                          const Limits& limits, uint32_t* position,
                          uint32_t* preamble_size, Fault* fault) noexcept;

// `size` bytes of preamble, without the final CRLFCRLF.
Fault ParseDeguRequest(const uint8_t* data, uint32_t size, const Limits& limits,
                       FieldSlice* fields, RequestHead* head) noexcept;
Fault ParseDeguResponse(const uint8_t* data, uint32_t size,
                        const Limits& limits, Method request_method,
                        FieldSlice* fields, ResponseHead* head) noexcept;

}  // namespace gudeg::engine
