// Turns an answer record into the head of a response.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "../engine/fault.h"
#include "../engine/head.h"
#include "../engine/limits.h"

namespace gudeg::connection {

// What the connection knows when it answers.
struct AnswerContext {
  engine::Profile profile;
  engine::Method method;
  bool is_http10;
  bool keep_alive;             // may the connection go on, as far as we know
  std::string_view date_line;  // empty: no date is added
};

struct AnswerHead {
  engine::Fault fault = engine::Fault::kNone;
  // The offending reason or value; for a field its name, then its value.
  std::string_view fault_detail;
  size_t fault_name_size = 0;
  size_t size = 0;  // bytes written
  bool keep_alive = true;
  bool bodiless = false;  // the body is counted but not sent (HEAD)
  bool chunked = false;   // chunk framing goes out
};

// The most bytes that RenderAnswerHead() writes for this answer.
size_t AnswerHeadBound(const int32_t* answer) noexcept;

// `answer` and `bytes` are as records.h says; `out` has room for `capacity`
// bytes, at least the bound. Fields that frame the message are checked against
// the body and added where they are missing.
AnswerHead RenderAnswerHead(const int32_t* answer, const uint8_t* bytes,
                            const AnswerContext& context, uint8_t* out,
                            size_t capacity) noexcept;

}  // namespace gudeg::connection
