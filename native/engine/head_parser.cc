#include "head_parser.h"

#include <algorithm>

#include "degu_head.h"
#include "field_line.h"
#include "field_rules.h"
#include "start_line.h"

namespace gudeg::engine {

namespace {

// What a parser keeps in `state_`: while it is before the start line, the
// count of empty lines skipped.
constexpr uint8_t kMaxEmptyLines = 2;
constexpr uint8_t kFields = 3;
constexpr uint8_t kDone = 4;
constexpr uint8_t kFaulted = 5;

// Field lines up to the empty one. `judge(field)` gives a fault or none.
template <typename Judge>
Progress ParseFields(const uint8_t* data, size_t size, const Limits& limits,
                     FieldSlice* fields, uint32_t* position, MessageHead* head,
                     Fault* fault, Judge judge) noexcept {
  const uint32_t max_count =
      std::min(limits.max_header_count, uint32_t{UINT16_MAX});
  for (;;) {
    FieldSlice* const field = fields + head->field_count;
    const LineResult line = ParseFieldLine(
        data, *position, size, head->field_count < max_count, field);
    switch (line.step) {
      case LineStep::kNeedMore:
        return Progress::kNeedMore;
      case LineStep::kFault:
        *fault = line.fault;
        return Progress::kFault;
      case LineStep::kEnd:
        head->head_bytes = line.next;
        return Progress::kDone;
      case LineStep::kField:
        break;
    }
    if (SteersProtocol(field->name_id)) {
      *fault = judge(*field);
      if (*fault != Fault::kNone) return Progress::kFault;
    }
    ++head->field_count;
    *position = line.next;
  }
}

// The part of the input that the head may fill. A head that is not over
// within it is too large, however the input arrives.
size_t Clip(size_t size, const Limits& limits) noexcept {
  return std::min(size, static_cast<size_t>(limits.max_head_bytes));
}

Progress AtClip(size_t size, const Limits& limits, Fault* fault) noexcept {
  if (size < limits.max_head_bytes) return Progress::kNeedMore;
  *fault = Fault::kHeadTooLarge;
  return Progress::kFault;
}

// Skips the empty lines that RFC 9112 section 2.2 lets a server ignore; kEnd
// when another byte follows or may follow.
LineResult SkipEmptyLines(const uint8_t* data, size_t size, uint32_t* position,
                          uint8_t* skipped) noexcept {
  while (*position < size && data[*position] == '\r') {
    const LineResult line = TakeLineEnd(data, data + *position, data + size,
                                        Fault::kBadRequestLine);
    if (line.step != LineStep::kEnd) return line;
    if (*skipped == kMaxEmptyLines) {
      return {LineStep::kFault, Fault::kBadRequestLine};
    }
    ++*skipped;
    *position = line.next;
  }
  return {LineStep::kEnd};
}

Progress Settle(Progress progress, uint8_t* state) noexcept {
  if (progress == Progress::kDone) *state = kDone;
  if (progress == Progress::kFault) *state = kFaulted;
  return progress;
}

Progress ParseRfcRequest(const uint8_t* data, size_t size, const Limits& limits,
                         FieldSlice* fields, uint32_t* position, uint32_t* seen,
                         uint8_t* state, RequestHead* head,
                         Fault* fault) noexcept {
  if (*state < kFields) {
    LineResult line = SkipEmptyLines(data, size, position, state);
    if (line.step == LineStep::kEnd) {
      line = ParseRequestLine(data, *position, size,
                              limits.max_start_line_bytes, head);
    }
    if (line.step == LineStep::kNeedMore) return Progress::kNeedMore;
    if (line.step == LineStep::kFault) {
      *fault = line.fault;
      return Progress::kFault;
    }
    *position = line.next;
    *state = kFields;
  }
  const Progress progress =
      ParseFields(data, size, limits, fields, position, head, fault,
                  [=, &limits](const FieldSlice& field) noexcept {
                    return JudgeRequestField(data, field, limits, head, seen);
                  });
  if (progress != Progress::kDone) return progress;
  *fault = FinishRequest(*seen, limits, head);
  return *fault == Fault::kNone ? Progress::kDone : Progress::kFault;
}

Progress ParseRfcResponse(const uint8_t* data, size_t size,
                          const Limits& limits, Method request_method,
                          FieldSlice* fields, uint32_t* position,
                          uint32_t* seen, uint8_t* state, ResponseHead* head,
                          Fault* fault) noexcept {
  if (*state < kFields) {
    const LineResult line = ParseStatusLine(data, *position, size,
                                            limits.max_start_line_bytes, head);
    if (line.step == LineStep::kNeedMore) return Progress::kNeedMore;
    if (line.step == LineStep::kFault) {
      *fault = line.fault;
      return Progress::kFault;
    }
    *position = line.next;
    *state = kFields;
  }
  const Progress progress =
      ParseFields(data, size, limits, fields, position, head, fault,
                  [=](const FieldSlice& field) noexcept {
                    return JudgeResponseField(data, field, head, seen);
                  });
  if (progress != Progress::kDone) return progress;
  *fault = FinishResponse(*seen, limits, request_method, head);
  return *fault == Fault::kNone ? Progress::kDone : Progress::kFault;
}

}  // namespace

Progress RequestHeadParser::Parse(const uint8_t* data, size_t size,
                                  const Limits& limits,
                                  FieldSlice* fields) noexcept {
  if (state_ == kDone) return Progress::kDone;
  if (state_ == kFaulted) return Progress::kFault;
  Progress progress;
  if (limits.profile == Profile::kDegu) {
    uint32_t preamble = 0;
    progress =
        FindDeguPreamble(data, size, limits, &position_, &preamble, &fault_);
    if (progress == Progress::kDone) {
      head_.head_bytes = preamble + 4;
      fault_ = ParseDeguRequest(data, preamble, limits, fields, &head_);
      if (fault_ != Fault::kNone) progress = Progress::kFault;
    }
  } else {
    progress = ParseRfcRequest(data, Clip(size, limits), limits, fields,
                               &position_, &seen_, &state_, &head_, &fault_);
    if (progress == Progress::kNeedMore) {
      progress = AtClip(size, limits, &fault_);
    }
  }
  return Settle(progress, &state_);
}

Progress ResponseHeadParser::Parse(const uint8_t* data, size_t size,
                                   const Limits& limits, Method request_method,
                                   FieldSlice* fields) noexcept {
  if (state_ == kDone) return Progress::kDone;
  if (state_ == kFaulted) return Progress::kFault;
  Progress progress;
  if (limits.profile == Profile::kDegu) {
    uint32_t preamble = 0;
    progress =
        FindDeguPreamble(data, size, limits, &position_, &preamble, &fault_);
    if (progress == Progress::kDone) {
      head_.head_bytes = preamble + 4;
      fault_ = ParseDeguResponse(data, preamble, limits, request_method, fields,
                                 &head_);
      if (fault_ != Fault::kNone) progress = Progress::kFault;
    }
  } else {
    progress =
        ParseRfcResponse(data, Clip(size, limits), limits, request_method,
                         fields, &position_, &seen_, &state_, &head_, &fault_);
    if (progress == Progress::kNeedMore) {
      progress = AtClip(size, limits, &fault_);
    }
  }
  return Settle(progress, &state_);
}

}  // namespace gudeg::engine
