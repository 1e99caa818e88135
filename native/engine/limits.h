// Sizes and counts the engine accepts, and the profile it judges by.
#pragma once

#include <cstdint>

namespace gudeg::engine {

// kRfc: RFC 9110/9112, strict where request smuggling lives.
// kDegu: the byte classes and rules of Degu 0.17 (minus its defects).
enum class Profile : uint8_t { kRfc, kDegu };

struct Limits {
  Profile profile = Profile::kRfc;
  uint32_t max_start_line_bytes = 16384;  // 414 beyond (without CRLF)
  uint32_t max_head_bytes = 32768;        // 431 beyond (with final CRLFCRLF)
  uint32_t max_header_count = 100;        // 431 beyond
  uint64_t max_body_bytes = 9007199254740991;  // 413 beyond; 2^53-1
  uint32_t max_chunk_line_bytes = 4096;        // 400 beyond (with CRLF)
  uint32_t max_chunk_extension_bytes = 262144;  // 413 beyond, of one body
  uint32_t max_chunk_bytes = 16777216;         // 413 beyond, one chunk's data
  uint32_t max_trailer_bytes = 8192;           // 431 beyond
  bool requires_host = true;       // 400 for HTTP/1.1 without host
  bool checks_host = true;         // 400 for a host of another form
  bool refuses_expectation = true;  // 417 for others than 100-continue
};

// The largest body length that JavaScript can count exactly.
inline constexpr uint64_t kMaxSafeInteger = 9007199254740991;

}  // namespace gudeg::engine
