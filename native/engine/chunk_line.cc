#include "chunk_line.h"

#include <algorithm>
#include <cstring>

#include "char_class.h"
#include "numbers.h"

namespace gudeg::engine {

namespace {

// RFC 9112 section 7.1 sets no limit; 16 digits are 64 bits.
constexpr size_t kMaxSizeDigits = 16;

constexpr LineResult kMore{LineStep::kNeedMore};

bool IsSpace(uint8_t byte) noexcept { return byte == ' ' || byte == '\t'; }

bool IsHexDigit(uint8_t byte) noexcept {
  const uint8_t lower = static_cast<uint8_t>(byte | 0x20);
  return IsDigit(byte) || (lower >= 'a' && lower <= 'f');
}

const uint8_t* SkipSpace(const uint8_t* at, const uint8_t* end) noexcept {
  while (at < end && IsSpace(*at)) ++at;
  return at;
}

const uint8_t* SkipToken(const uint8_t* at, const uint8_t* end) noexcept {
  while (at < end && Is(*at, kToken)) ++at;
  return at;
}

// From the byte behind the opening quote. kEnd: `*at` is behind the closing.
LineResult TakeQuoted(const uint8_t** at, const uint8_t* end) noexcept {
  for (;; ++*at) {
    if (*at == end) return kMore;
    if (**at == '"') break;
    if (Is(**at, kQuotedText)) continue;
    if (**at != '\\') return RefuseAt(*at, end, Fault::kBadChunkExtension);
    if (++*at == end) return kMore;
    if (!Is(**at, kFieldValue)) {
      return RefuseAt(*at, end, Fault::kBadChunkExtension);
    }
  }
  ++*at;
  return {LineStep::kEnd};
}

LineResult ParseRfcLine(const uint8_t* data, size_t size,
                        ChunkLine* line) noexcept {
  const uint8_t* const end = data + size;
  const uint8_t* at = data;
  while (at < end && IsHexDigit(*at)) {
    if (static_cast<size_t>(at - data) == kMaxSizeDigits) {
      return {LineStep::kFault, Fault::kChunkTooLarge};
    }
    ++at;
  }
  if (at == end) return kMore;
  if (!ParseChunkSize(data, static_cast<size_t>(at - data), false,
                      &line->size)) {
    return RefuseAt(at, end, Fault::kBadChunkSize);
  }
  if (*at == '\r') return TakeLineEnd(data, at, end, Fault::kBadChunkSize);
  const uint8_t* const size_end = at;

  const uint8_t* text = nullptr;  // the first extension's name
  const uint8_t* text_end = at;
  uint32_t count = 0;
  bool plain = false;
  for (;;) {
    const uint8_t* const behind = at;
    at = SkipSpace(at, end);
    if (at == end) return kMore;
    if (*at != ';') {
      if (at != behind || *at != '\r') {
        return RefuseAt(
            at, end,
            count == 0 ? Fault::kBadChunkSize : Fault::kBadChunkExtension);
      }
      break;
    }
    at = SkipSpace(at + 1, end);
    const uint8_t* const name = at;
    at = SkipToken(at, end);
    if (at == end) return kMore;
    if (at == name) return RefuseAt(at, end, Fault::kBadChunkExtension);
    if (count++ == 0) text = name;
    const uint8_t* const name_end = at;
    text_end = at;
    plain = false;

    const uint8_t* const equals = SkipSpace(at, end);
    if (equals == end) return kMore;
    if (*equals != '=') continue;
    at = SkipSpace(equals + 1, end);
    if (at == end) return kMore;
    const uint8_t* const value = at;
    if (*at == '"') {
      ++at;
      const LineResult quoted = TakeQuoted(&at, end);
      if (quoted.step != LineStep::kEnd) return quoted;
    } else {
      at = SkipToken(at, end);
      if (at == end) return kMore;
      if (at == value) return RefuseAt(at, end, Fault::kBadChunkExtension);
      plain = count == 1;
    }
    text_end = at;
    if (plain) {
      line->key = {static_cast<uint32_t>(name - data),
                   static_cast<uint32_t>(name_end - name)};
      line->value = {static_cast<uint32_t>(value - data),
                     static_cast<uint32_t>(at - value)};
    }
  }
  if (!plain) {
    line->key = {static_cast<uint32_t>(text - data),
                 static_cast<uint32_t>(text_end - text)};
    line->value = {};
  }
  line->extension_bytes = static_cast<uint32_t>(at - size_end);
  return TakeLineEnd(data, at, end, Fault::kBadChunkExtension);
}

LineResult ParseDeguLine(const uint8_t* data, size_t size,
                         ChunkLine* line) noexcept {
  size_t at = 0;
  while (at + 1 < size) {
    const void* const found = std::memchr(data + at, '\r', size - at - 1);
    if (found == nullptr) break;
    at = static_cast<size_t>(static_cast<const uint8_t*>(found) - data);
    if (data[at + 1] == '\n') {
      const Fault fault = ParseDeguChunk(data, static_cast<uint32_t>(at), line);
      if (fault != Fault::kNone) return {LineStep::kFault, fault};
      return {LineStep::kEnd, Fault::kNone, static_cast<uint32_t>(at + 2)};
    }
    ++at;
  }
  return kMore;
}

}  // namespace

size_t CopyExtension(uint8_t* to, const uint8_t* text, size_t size) noexcept {
  size_t written = 0;
  bool quoted = false;
  for (size_t i = 0; i < size; ++i) {
    if (!quoted && IsSpace(text[i])) continue;
    to[written++] = text[i];
    if (text[i] == '"') quoted = !quoted;
    if (text[i] == '\\' && ++i < size) to[written++] = text[i];
  }
  return written;
}

Fault ParseDeguChunkExtension(const uint8_t* data, uint32_t start,
                              uint32_t stop, ChunkLine* line) noexcept {
  uint32_t equals = start;
  while (equals < stop && data[equals] != '=') ++equals;
  if (equals == start || equals == stop || equals + 1 == stop ||
      !AllOf(data + start, equals - start, kDeguName) ||
      !AllOf(data + equals + 1, stop - equals - 1, kDeguExtension)) {
    return Fault::kBadChunkExtension;
  }
  line->key = {start, equals - start};
  line->value = {equals + 1, stop - equals - 1};
  return Fault::kNone;
}

Fault ParseDeguChunk(const uint8_t* data, uint32_t size,
                     ChunkLine* line) noexcept {
  uint32_t semicolon = 0;
  while (semicolon < size && data[semicolon] != ';') ++semicolon;
  if (!ParseChunkSize(data, semicolon, true, &line->size)) {
    return Fault::kBadChunkSize;
  }
  if (semicolon == size) return Fault::kNone;
  line->extension_bytes = size - semicolon;
  return ParseDeguChunkExtension(data, semicolon + 1, size, line);
}

LineResult ParseChunkLine(const uint8_t* data, size_t size,
                          const Limits& limits, ChunkLine* line) noexcept {
  const size_t clipped =
      std::min(size, static_cast<size_t>(limits.max_chunk_line_bytes));
  *line = {};
  const LineResult result = limits.profile == Profile::kDegu
                                ? ParseDeguLine(data, clipped, line)
                                : ParseRfcLine(data, clipped, line);
  if (result.step == LineStep::kNeedMore &&
      size >= limits.max_chunk_line_bytes) {
    return {LineStep::kFault, Fault::kChunkLineTooLong};
  }
  return result;
}

}  // namespace gudeg::engine
