#include "degu_head.h"

#include <algorithm>
#include <cstring>

#include "degu_fields.h"
#include "degu_start_line.h"
#include "find_pair.h"

namespace gudeg::engine {

Progress FindDeguPreamble(const uint8_t* data, size_t size,
                          const Limits& limits, uint32_t* position,
                          uint32_t* preamble_size, Fault* fault) noexcept {
  const uint32_t limit = static_cast<uint32_t>(
      std::min(size, static_cast<size_t>(limits.max_head_bytes)));
  uint32_t at = *position;
  while (at + 4 <= limit) {
    const void* const found = std::memchr(data + at, '\r', limit - at - 3);
    if (found == nullptr) {
      at = limit - 3;
      break;
    }
    at = static_cast<uint32_t>(static_cast<const uint8_t*>(found) - data);
    if (std::memcmp(data + at, "\r\n\r\n", 4) == 0) {
      *preamble_size = at;
      if (at != 0) return Progress::kDone;
      *fault = Fault::kEmptyHead;
      return Progress::kFault;
    }
    ++at;
  }
  *position = at;
  if (size < limits.max_head_bytes) return Progress::kNeedMore;
  *fault = Fault::kHeadTooLarge;
  return Progress::kFault;
}

Fault ParseDeguRequest(const uint8_t* data, uint32_t size, const Limits& limits,
                       FieldSlice* fields, RequestHead* head) noexcept {
  const uint32_t line = FindPair(data, 0, size, '\r', '\n');
  if (line > limits.max_start_line_bytes) return Fault::kTargetTooLong;
  Fault fault = ParseDeguRequestLine(data, line, head);
  if (fault != Fault::kNone) return fault;
  fault = ParseDeguFields(data, line + 2, size, limits, false, fields, head);
  if (fault != Fault::kNone) return fault;
  if (head->framing != Framing::kNone && head->method != Method::kPUT &&
      head->method != Method::kPOST) {
    return Fault::kBodyNotAllowed;
  }
  return Fault::kNone;
}

Fault ParseDeguResponse(const uint8_t* data, uint32_t size,
                        const Limits& limits, Method request_method,
                        FieldSlice* fields, ResponseHead* head) noexcept {
  const uint32_t line = FindPair(data, 0, size, '\r', '\n');
  if (line > limits.max_start_line_bytes) return Fault::kHeadTooLarge;
  Fault fault = ParseDeguStatusLine(data, line, head);
  if (fault != Fault::kNone) return fault;
  fault = ParseDeguFields(data, line + 2, size, limits, true, fields, head);
  if (fault != Fault::kNone) return fault;
  if (request_method == Method::kHEAD) head->framing = Framing::kNone;
  return Fault::kNone;
}

}  // namespace gudeg::engine
