// A parsed message head: numbers and slices, no copies.
#pragma once

#include <cstdint>

#include "fault.h"
#include "methods.h"
#include "slice.h"

namespace gudeg::engine {

enum class Framing : uint8_t {
  kNone,        // no body at all
  kLength,      // content_length bytes
  kChunked,     // chunked transfer coding
  kUntilClose,  // responses only: the body ends with the connection
};

enum class TargetForm : uint8_t { kOrigin, kAbsolute, kAuthority, kAsterisk };

struct MessageHead {
  uint32_t head_bytes = 0;   // consumed, with the final CRLFCRLF
  uint16_t field_count = 0;  // entries written to the caller's FieldSlice array
  uint8_t minor_version = 1;
  Framing framing = Framing::kNone;
  uint64_t content_length = 0;  // with Framing::kLength; also a HEAD response's
  bool keep_alive = true;    // RFC 9112 section 9.3, of the peer's head alone
  bool has_upgrade = false;  // connection: upgrade, and an upgrade field
};

struct RequestHead : MessageHead {
  Method method = Method::kOther;
  TargetForm target_form = TargetForm::kOrigin;
  bool expects_continue = false;
  bool expects_other = false;  // with refuses_expectation off
  Slice method_name;
  Slice target;
};

struct ResponseHead : MessageHead {
  uint16_t status = 0;
  Slice reason;
};

}  // namespace gudeg::engine
