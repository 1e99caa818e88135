// The numeric values against slow and plain readings of their grammars.
#include <cstdio>
#include <cstdlib>
#include <optional>
#include <string>
#include <vector>

#include "numbers.h"

namespace {

using namespace gudeg::engine;

void Require(bool condition, const char* what) {
  if (condition) return;
  std::fprintf(stderr, "%s\n", what);
  std::abort();
}

std::optional<uint64_t> PlainLength(const std::string& text) {
  if (text.empty() || text.size() > 16) return std::nullopt;
  if (text.find_first_not_of("0123456789") != std::string::npos) {
    return std::nullopt;
  }
  if (text.size() > 1 && text[0] == '0') return std::nullopt;
  return std::strtoull(text.c_str(), nullptr, 10);
}

std::optional<uint64_t> PlainChunkSize(const std::string& text, bool strict) {
  if (text.empty() || text.size() > (strict ? 7U : 16U)) return std::nullopt;
  if (text.find_first_not_of("0123456789abcdefABCDEF") != std::string::npos) {
    return std::nullopt;
  }
  if (strict && text.size() > 1 && text[0] == '0') return std::nullopt;
  return std::strtoull(text.c_str(), nullptr, 16);
}

// The numbers of "<prefix>N<separator>N..."; empty when it has another form.
std::vector<uint64_t> PlainNumbers(std::string text, const std::string& prefix,
                                   const std::string& separators) {
  if (text.substr(0, prefix.size()) != prefix) return {};
  text.erase(0, prefix.size());
  std::vector<uint64_t> numbers;
  for (const char separator : separators) {
    const size_t at = text.find(separator);
    if (at == std::string::npos) return {};
    const auto number = PlainLength(text.substr(0, at));
    if (!number) return {};
    numbers.push_back(*number);
    text.erase(0, at + 1);
  }
  const auto last = PlainLength(text);
  if (!last) return {};
  numbers.push_back(*last);
  return numbers;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  uint64_t value = 0;

  const auto length = PlainLength(text);
  Require(ParseLength(data, size, kDeguMaxLength, &value) == length.has_value(),
          "length accepted");
  Require(!length || value == *length, "length");
  Require(ParseLength(data, size, 1000, &value) == (length && *length <= 1000),
          "length within a limit");

  for (const bool strict : {true, false}) {
    const auto chunk = PlainChunkSize(text, strict);
    Require(ParseChunkSize(data, size, strict, &value) == chunk.has_value(),
            "chunk size accepted");
    Require(!chunk || value == *chunk, "chunk size");
  }

  ByteRange range;
  const auto ends = PlainNumbers(text, "bytes=", "-");
  const bool is_range =
      !ends.empty() && ends[0] <= ends[1] && ends[1] < kDeguMaxLength;
  Require(ParseRange(data, size, &range) == is_range, "range accepted");
  Require(!is_range || (range.start == ends[0] && range.stop == ends[1] + 1),
          "range");

  ContentRangeValue content;
  const auto three = PlainNumbers(text, "bytes ", "-/");
  const bool is_content =
      !three.empty() && three[0] <= three[1] && three[1] < three[2];
  Require(ParseContentRange(data, size, &content) == is_content,
          "content-range accepted");
  Require(!is_content ||
              (content.start == three[0] && content.stop == three[1] + 1 &&
               content.total == three[2]),
          "content-range");

  if (length) {
    uint8_t out[20];
    const size_t written = WriteDecimal(out, *length);
    Require(std::string(reinterpret_cast<char*>(out), written) == text,
            "decimal written back");
  }
  return 0;
}
