#include <algorithm>
#include <charconv>

#include "transcript.h"

namespace gudeg::test {

using namespace gudeg::engine;

namespace {

bool ParseNumber(std::string_view text, uint64_t* out) {
  const auto [end, error] =
      std::from_chars(text.data(), text.data() + text.size(), *out);
  return error == std::errc() && end == text.data() + text.size();
}

bool SetLimit(std::string_view key, uint64_t number, Limits* limits) {
  if (key == "max_body_bytes") {
    limits->max_body_bytes = number;
    return true;
  }
  struct Entry {
    std::string_view key;
    uint32_t* limit;
  };
  const Entry entries[] = {
      {"max_start_line_bytes", &limits->max_start_line_bytes},
      {"max_head_bytes", &limits->max_head_bytes},
      {"max_header_count", &limits->max_header_count},
      {"max_chunk_line_bytes", &limits->max_chunk_line_bytes},
      {"max_chunk_extension_bytes", &limits->max_chunk_extension_bytes},
      {"max_chunk_bytes", &limits->max_chunk_bytes},
      {"max_trailer_bytes", &limits->max_trailer_bytes},
  };
  for (const Entry& entry : entries) {
    if (key != entry.key) continue;
    *entry.limit = static_cast<uint32_t>(number);
    return true;
  }
  return false;
}

}  // namespace

bool ParseOptions(std::string_view text, TranscriptOptions* options) {
  while (!text.empty()) {
    const size_t space = std::min(text.find(' '), text.size());
    const std::string_view word = text.substr(0, space);
    text.remove_prefix(std::min(space + 1, text.size()));
    const size_t equals = word.find('=');
    if (word.empty()) continue;
    if (equals == std::string_view::npos) return false;
    const std::string_view key = word.substr(0, equals);
    const std::string_view value = word.substr(equals + 1);
    uint64_t number = 0;
    if (key == "type") {
      if (value != "request" && value != "response") return false;
      options->is_response = value == "response";
    } else if (key == "profile") {
      if (value != "rfc" && value != "degu") return false;
      options->limits.profile =
          value == "degu" ? Profile::kDegu : Profile::kRfc;
    } else if (key == "close") {
      if (value != "yes" && value != "no") return false;
      options->close = value == "yes";
    } else if (key == "method") {
      options->request_method = LookupMethod(
          reinterpret_cast<const uint8_t*>(value.data()), value.size());
    } else if (!ParseNumber(value, &number) ||
               !SetLimit(key, number, &options->limits)) {
      return false;
    }
  }
  return true;
}

}  // namespace gudeg::test
