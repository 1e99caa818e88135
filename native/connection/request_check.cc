#include "request_check.h"

#include "../engine/head_parser.h"

namespace gudeg::connection {

using engine::Fault;

namespace {

// What a request may have is for its server to say.
constexpr engine::Limits RequestLimits(engine::Profile profile) {
  engine::Limits limits;
  limits.profile = profile;
  limits.max_start_line_bytes = 65536;
  limits.max_head_bytes = 65536;
  limits.max_header_count = kMaxRequestFields;
  return limits;
}
constexpr engine::Limits kRfcLimits = RequestLimits(engine::Profile::kRfc);
constexpr engine::Limits kDeguLimits = RequestLimits(engine::Profile::kDegu);

}  // namespace

Fault CheckRequestHead(const uint8_t* rendered, size_t head_bytes,
                       uint32_t field_count, engine::Profile profile,
                       engine::FieldSlice* fields,
                       engine::RequestHead* head) noexcept {
  engine::RequestHeadParser parser;
  const bool degu = profile == engine::Profile::kDegu;
  const engine::Progress progress = parser.Parse(
      rendered, head_bytes, degu ? kDeguLimits : kRfcLimits, fields);
  if (progress == engine::Progress::kFault) return parser.fault();
  *head = parser.head();
  if (progress != engine::Progress::kDone || head->head_bytes != head_bytes) {
    return Fault::kOutputTooLarge;
  }
  if (head->method_name.offset != 0) return Fault::kBadOutputStartLine;
  if (head->field_count != field_count) return Fault::kBadOutputField;
  return Fault::kNone;
}

}  // namespace gudeg::connection
