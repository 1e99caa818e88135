// A fuzzer's bytes taken as limits, cuts and a stream of messages: the stream
// must give the same transcript whole, cut, and byte by byte.
#pragma once

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "transcript.h"

namespace gudeg::fuzz {

// Three bytes lead: switches, and two that place the cuts.
inline constexpr size_t kLeadBytes = 3;

inline void CheckConversation(const uint8_t* data, size_t size,
                              bool is_response, std::string_view prefix) {
  if (size < kLeadBytes) return;
  test::TranscriptOptions options;
  options.is_response = is_response;
  const uint8_t switches = data[0];
  if (switches & 1) options.limits.profile = engine::Profile::kDegu;
  if (switches & 2) {
    options.limits.max_start_line_bytes = 40;
    options.limits.max_head_bytes = 200;
    options.limits.max_header_count = 3;
    options.limits.max_body_bytes = 50;
    options.limits.max_chunk_line_bytes = 24;
    options.limits.max_chunk_extension_bytes = 16;
    options.limits.max_chunk_bytes = 32;
    options.limits.max_trailer_bytes = 48;
  }
  if (switches & 4) options.close = false;
  if (switches & 8) options.max_data = 3;
  if (switches & 16) options.request_method = engine::Method::kHEAD;
  if (switches & 32) options.request_method = engine::Method::kCONNECT;

  std::string input(prefix);
  input.append(reinterpret_cast<const char*>(data) + kLeadBytes,
               size - kLeadBytes);
  std::vector<size_t> cuts;
  const size_t step = size_t{1} + data[1] % 64;
  for (size_t cut = data[2]; cut < input.size(); cut += step) {
    if (cut > 0) cuts.push_back(cut);
  }
  const std::string whole = test::Transcribe(input, {}, options);
  const std::string split = test::Transcribe(input, cuts, options);
  if (whole != split || !test::IsSound(whole)) {
    std::fprintf(stderr, "whole:\n%s\nsplit:\n%s\n", whole.c_str(),
                 split.c_str());
    std::abort();
  }
}

}  // namespace gudeg::fuzz
