// Writes message heads and chunk framing into the caller's memory, and refuses
// what it would not accept as input: no CR, LF, NUL or other control character
// leaves in a reason, field, target or chunk extension.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "fault.h"
#include "limits.h"

namespace gudeg::engine {

// A cursor over [out, out + capacity). The first fault sticks and later calls
// do nothing, so a caller checks once, at the end. Too little room is
// Fault::kOutputTooLarge.
class HeadWriter {
 public:
  HeadWriter(uint8_t* out, size_t capacity, Profile profile) noexcept
      : out_(out), capacity_(capacity), profile_(profile) {}

  // "HTTP/1.1 200 OK\r\n". status 100..599. kRfc: an empty reason is allowed.
  void StatusLine(uint16_t status, std::string_view reason) noexcept;
  // "GET /x HTTP/1.1\r\n". method a token; target per profile.
  void RequestLine(std::string_view method, std::string_view target) noexcept;
  // "name: value\r\n". Names: token (kRfc), 1..32 of [-0-9a-z] (kDegu).
  // Values: kRfc VCHAR, obs-text, SP, HTAB and not starting or ending in white
  // space, may be empty; kDegu: visible ASCII and SP, not empty.
  void Field(std::string_view name, std::string_view value) noexcept;
  // "content-length: 123\r\n"
  void ContentLength(uint64_t length) noexcept;
  // Bytes known to be right, such as a pre-rendered date line.
  void Literal(std::string_view trusted) noexcept;
  // The empty line.
  void End() noexcept;

  size_t size() const noexcept { return size_; }
  Fault fault() const noexcept { return fault_; }

 private:
  uint8_t* Take(size_t size) noexcept;
  void Fail(Fault fault) noexcept;

  uint8_t* out_;
  size_t capacity_;
  size_t size_ = 0;
  Profile profile_;
  Fault fault_ = Fault::kNone;
};

// Longest output of WriteChunkLine without its extension.
inline constexpr size_t kMaxChunkSizeBytes = 18;

// "1f;key=value\r\n" in lower-case hex; key empty = no extension (then value
// must be empty too; kRfc: a key without a value is allowed). Returns the bytes
// written, or 0 for a malformed extension or too little room.
size_t WriteChunkLine(uint8_t* out, size_t capacity, uint64_t size,
                      std::string_view key, std::string_view value,
                      Profile profile) noexcept;

}  // namespace gudeg::engine
