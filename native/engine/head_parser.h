// Incremental parsers of request and response heads. They keep offsets only,
// so a half-read head may move in memory between two calls, and they can be
// copied to be put aside.
#pragma once

#include <cstddef>
#include <cstdint>

#include "fault.h"
#include "head.h"
#include "limits.h"
#include "slice.h"

namespace gudeg::engine {

// Both parsers are fed the same way: `data` starts at the first byte of the
// head and holds every byte received of it so far (more than the head is
// fine); `fields` has room for limits.max_header_count entries and must keep
// its content between calls. A call after kNeedMore resumes at the line that
// was incomplete. After kDone `head()` is complete; after kFault `fault()`
// says why. In the kRfc profile a head is judged byte by byte from the left,
// so a fault is found as soon as the bytes so far decide it; in the kDegu
// profile once the empty line is there. Either way a head that comes in pieces
// gives the same result as a whole one.
//
// What the kRfc profile takes is in start_line.h and target.h (request and
// status lines, targets), field_line.h (fields) and field_rules.h (framing,
// host, connection, expect).
class RequestHeadParser {
 public:
  void Reset() noexcept { *this = RequestHeadParser(); }
  Progress Parse(const uint8_t* data, size_t size, const Limits& limits,
                 FieldSlice* fields) noexcept;
  const RequestHead& head() const noexcept { return head_; }
  Fault fault() const noexcept { return fault_; }

 private:
  RequestHead head_;
  // State between calls is the engine's own affair; see head_parser.cc.
  uint32_t position_ = 0;  // start of the first line not yet parsed
  uint32_t seen_ = 0;      // bit set of the single-valued fields met
  uint8_t state_ = 0;
  Fault fault_ = Fault::kNone;
};

// `request_method` is the method that the response answers (a response to
// HEAD, and 1xx, 204 and 304, have no body in the kRfc profile).
class ResponseHeadParser {
 public:
  void Reset() noexcept { *this = ResponseHeadParser(); }
  Progress Parse(const uint8_t* data, size_t size, const Limits& limits,
                 Method request_method, FieldSlice* fields) noexcept;
  const ResponseHead& head() const noexcept { return head_; }
  Fault fault() const noexcept { return fault_; }

 private:
  ResponseHead head_;
  uint32_t position_ = 0;
  uint32_t seen_ = 0;
  uint8_t state_ = 0;
  Fault fault_ = Fault::kNone;
};

}  // namespace gudeg::engine
