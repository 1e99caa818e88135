#include "start_line.h"

#include <algorithm>
#include <cstring>

#include "char_class.h"
#include "scan.h"
#include "target.h"

namespace gudeg::engine {

namespace {

constexpr LineResult kMore{LineStep::kNeedMore};

constexpr LineResult Refuse(Fault fault) noexcept {
  return {LineStep::kFault, fault};
}

// "HTTP/" DIGIT "." DIGIT at `at`. kEnd: it is there, `minor` is set.
LineResult TakeVersion(const uint8_t* at, const uint8_t* end, Fault malformed,
                       uint8_t* minor) noexcept {
  constexpr size_t kSize = 8;
  if (end - at >= static_cast<ptrdiff_t>(kSize) &&
      std::memcmp(at, "HTTP/1.1", kSize) == 0) {
    *minor = 1;
    return {LineStep::kEnd};
  }
  constexpr const char* kForm = "HTTP/0.0";
  for (size_t i = 0; i < kSize; ++i) {
    if (at + i == end) return kMore;
    const bool fits = kForm[i] == '0' ? IsDigit(at[i])
                                      : at[i] == static_cast<uint8_t>(kForm[i]);
    if (!fits) return RefuseAt(at + i, end, malformed);
  }
  if (at[5] != '1') return Refuse(Fault::kUnsupportedVersion);
  *minor = at[7] == '0' ? 0 : 1;
  return {LineStep::kEnd};
}

// The part of the line that its limit lets in, and what comes after it.
struct Window {
  const uint8_t* end;        // of the bytes to judge one by one
  const uint8_t* input_end;  // of all bytes that are here

  Window(const uint8_t* line, const uint8_t* input_end_at,
         uint32_t max_line_bytes) noexcept
      : end(line + std::min(static_cast<size_t>(input_end_at - line),
                            static_cast<size_t>(max_line_bytes))),
        input_end(input_end_at) {}
};

// A line that reached the end of its window without its CRLF.
LineResult AtWindowEnd(const uint8_t* at, const Window& window,
                       Fault too_long) noexcept {
  return at == window.input_end ? kMore : Refuse(too_long);
}

bool IsHttp2Preface(const uint8_t* line, const uint8_t* target,
                    size_t target_size) noexcept {
  return target_size == 1 && *target == '*' && target - line == 4 &&
         std::memcmp(line, "PRI", 3) == 0;
}

}  // namespace

LineResult ParseRequestLine(const uint8_t* data, uint32_t start, size_t size,
                            uint32_t max_line_bytes,
                            RequestHead* head) noexcept {
  const uint8_t* const line = data + start;
  const Window window(line, data + size, max_line_bytes);
  const uint8_t* const end = window.end;
  const uint8_t* at = line;

  while (at < end && Is(*at, kToken)) ++at;
  if (at == end) return AtWindowEnd(at, window, Fault::kTargetTooLong);
  const size_t method_size = static_cast<size_t>(at - line);
  if (*at != ' ' || method_size == 0) {
    return RefuseAt(at, window.input_end,
                    *at == '\r' ? Fault::kBadRequestLine : Fault::kBadMethod);
  }

  const uint8_t* const target = ++at;
  for (;;) {
    at = FindTargetEnd(at, end);
    if (at == end) return AtWindowEnd(at, window, Fault::kTargetTooLong);
    if (*at != '\\' ||
        std::memchr(target, '?', static_cast<size_t>(at - target)) == nullptr) {
      break;
    }
    ++at;
  }
  const size_t target_size = static_cast<size_t>(at - target);
  if (*at != ' ') {
    return RefuseAt(at, window.input_end,
                    *at == '\r' ? Fault::kBadRequestLine : Fault::kBadTarget);
  }
  if (target_size == 0) return Refuse(Fault::kBadRequestLine);
  head->method = LookupMethod(line, method_size);
  if (!JudgeTarget(target, target_size, head->method, &head->target_form) &&
      !IsHttp2Preface(line, target, target_size)) {
    return Refuse(Fault::kBadTarget);
  }

  ++at;
  const LineResult version =
      TakeVersion(at, end, Fault::kBadVersion, &head->minor_version);
  if (version.step == LineStep::kNeedMore) {
    // The version may also be cut off by the limit, not by the input.
    return AtWindowEnd(end, window, Fault::kTargetTooLong);
  }
  if (version.step == LineStep::kFault) return version;
  if (head->target_form == TargetForm::kAsterisk &&
      head->method != Method::kOPTIONS) {
    return Refuse(Fault::kBadTarget);
  }
  at += 8;
  if (at == end && at != window.input_end && *at != '\r') {
    return Refuse(Fault::kTargetTooLong);
  }
  head->method_name = {start, static_cast<uint32_t>(method_size)};
  head->target = {static_cast<uint32_t>(target - data),
                  static_cast<uint32_t>(target_size)};
  return TakeLineEnd(data, at, window.input_end, Fault::kBadVersion);
}

LineResult ParseStatusLine(const uint8_t* data, uint32_t start, size_t size,
                           uint32_t max_line_bytes,
                           ResponseHead* head) noexcept {
  const uint8_t* const line = data + start;
  const Window window(line, data + size, max_line_bytes);
  const uint8_t* const end = window.end;
  const uint8_t* at = line;

  const LineResult version =
      TakeVersion(at, end, Fault::kBadStatusLine, &head->minor_version);
  if (version.step == LineStep::kNeedMore) {
    return AtWindowEnd(end, window, Fault::kHeadTooLarge);
  }
  if (version.step == LineStep::kFault) return version;
  at += 8;

  if (at == end) return AtWindowEnd(at, window, Fault::kHeadTooLarge);
  if (*at != ' ') return RefuseAt(at, window.input_end, Fault::kBadStatusLine);
  ++at;
  uint16_t status = 0;
  for (int i = 0; i < 3; ++i, ++at) {
    if (at == end) return AtWindowEnd(at, window, Fault::kHeadTooLarge);
    if (!IsDigit(*at)) {
      return RefuseAt(at, window.input_end, Fault::kBadStatus);
    }
    status = static_cast<uint16_t>(status * 10 + (*at - '0'));
  }
  if (status < 100 || status > 599) return Refuse(Fault::kBadStatus);
  head->status = status;

  // RFC 9112 section 4 asks for the space even before an empty reason; many
  // servers leave it out.
  if (at < end && *at != '\r') {
    if (*at != ' ') return RefuseAt(at, window.input_end, Fault::kBadStatus);
    ++at;
  }
  const uint8_t* const reason = at;
  at = FindFieldValueEnd(at, end);
  if (at == end && at != window.input_end && *at != '\r') {
    return Refuse(Fault::kHeadTooLarge);
  }
  head->reason = {static_cast<uint32_t>(reason - data),
                  static_cast<uint32_t>(at - reason)};
  return TakeLineEnd(data, at, window.input_end, Fault::kBadReason);
}

}  // namespace gudeg::engine
