#include "serializer.h"

#include <algorithm>
#include <cstring>

#include "char_class.h"
#include "numbers.h"
#include "scan.h"

namespace gudeg::engine {

namespace {

constexpr size_t kMaxDeguNameBytes = 32;

const uint8_t* Bytes(std::string_view text) noexcept {
  return reinterpret_cast<const uint8_t*>(text.data());
}

bool AllOf(std::string_view text, CharClass char_class) noexcept {
  return AllOf(Bytes(text), text.size(), char_class);
}

bool IsName(std::string_view name, Profile profile) noexcept {
  if (name.empty()) return false;
  if (profile == Profile::kRfc) return AllOf(name, kToken);
  return name.size() <= kMaxDeguNameBytes && AllOf(name, kDeguOutName);
}

// Visible ASCII and SP.
bool IsPlainText(std::string_view text) noexcept {
  return std::all_of(text.begin(), text.end(), [](char c) {
    return c == ' ' || Is(static_cast<uint8_t>(c), kVisible);
  });
}

bool IsSpace(char c) noexcept { return c == ' ' || c == '\t'; }

// token or quoted-string of RFC 9110 section 5.6.
bool IsExtensionValue(std::string_view value) noexcept {
  if (AllOf(value, kToken)) return true;
  if (value.size() < 2 || value.front() != '"' || value.back() != '"') {
    return false;
  }
  const std::string_view inner = value.substr(1, value.size() - 2);
  for (size_t i = 0; i < inner.size(); ++i) {
    if (Is(static_cast<uint8_t>(inner[i]), kQuotedText)) continue;
    if (inner[i] != '\\' || ++i == inner.size() ||
        !Is(static_cast<uint8_t>(inner[i]), kFieldValue)) {
      return false;
    }
  }
  return true;
}

bool IsTokenByte(char c) noexcept {
  return Is(static_cast<uint8_t>(c), kToken);
}

// All extensions of a line in one text, as the parser gives what is more than
// one token: name, or name=value, with ';' between them.
bool IsExtensionText(std::string_view text) noexcept {
  size_t at = 0;
  for (;;) {
    const size_t name = at;
    while (at < text.size() && IsTokenByte(text[at])) ++at;
    if (at == name) return false;
    if (at < text.size() && text[at] == '=') {
      const size_t value = ++at;
      if (at < text.size() && text[at] == '"') {
        for (++at; at < text.size() && text[at] != '"'; ++at) {
          if (text[at] == '\\') ++at;
        }
        at = std::min(at + 1, text.size());
      } else {
        while (at < text.size() && IsTokenByte(text[at])) ++at;
      }
      if (at == value || !IsExtensionValue(text.substr(value, at - value))) {
        return false;
      }
    }
    if (at == text.size()) return true;
    if (text[at++] != ';') return false;
  }
}

bool IsExtension(std::string_view key, std::string_view value,
                 Profile profile) noexcept {
  if (key.empty()) return value.empty();
  if (profile == Profile::kDegu) {
    return AllOf(key, kDeguName) && !value.empty() &&
           AllOf(value, kDeguExtension);
  }
  if (value.empty()) return IsExtensionText(key);
  return AllOf(key, kToken) && IsExtensionValue(value);
}

}  // namespace

uint8_t* HeadWriter::Take(size_t size) noexcept {
  if (fault_ != Fault::kNone) return nullptr;
  if (capacity_ - size_ < size) {
    fault_ = Fault::kOutputTooLarge;
    return nullptr;
  }
  uint8_t* const at = out_ + size_;
  size_ += size;
  return at;
}

void HeadWriter::Fail(Fault fault) noexcept {
  if (fault_ == Fault::kNone) fault_ = fault;
}

void HeadWriter::Literal(std::string_view trusted) noexcept {
  uint8_t* const at = Take(trusted.size());
  if (at == nullptr || trusted.empty()) return;
  std::memcpy(at, trusted.data(), trusted.size());
}

void HeadWriter::StatusLine(uint16_t status, std::string_view reason) noexcept {
  const bool is_reason = profile_ == Profile::kRfc
                             ? AllOf(reason, kFieldValue)
                             : !reason.empty() && IsPlainText(reason);
  if (status < 100 || status > 599 || !is_reason) {
    Fail(Fault::kBadOutputStartLine);
    return;
  }
  uint8_t digits[20];
  const size_t count = WriteDecimal(digits, status);
  Literal("HTTP/1.1 ");
  Literal({reinterpret_cast<const char*>(digits), count});
  Literal(" ");
  Literal(reason);
  Literal("\r\n");
}

void HeadWriter::RequestLine(std::string_view method,
                             std::string_view target) noexcept {
  if (method.empty() || !AllOf(method, kToken) || target.empty() ||
      !AllOf(target, profile_ == Profile::kRfc ? kTarget : kVisible)) {
    Fail(Fault::kBadOutputStartLine);
    return;
  }
  Literal(method);
  Literal(" ");
  Literal(target);
  Literal(" HTTP/1.1\r\n");
}

void HeadWriter::Field(std::string_view name, std::string_view value) noexcept {
  if (!IsName(name, profile_)) {
    Fail(Fault::kBadOutputField);
    return;
  }
  const bool is_value =
      profile_ == Profile::kRfc
          ? value.empty() || (!IsSpace(value.front()) && !IsSpace(value.back()))
          : !value.empty() && IsPlainText(value);
  if (!is_value) {
    Fail(Fault::kBadOutputField);
    return;
  }
  const size_t size = size_;
  uint8_t* const at = Take(name.size() + value.size() + 4);
  if (at == nullptr) return;
  std::memcpy(at, name.data(), name.size());
  uint8_t* const separator = at + name.size();
  separator[0] = ':';
  separator[1] = ' ';
  uint8_t* const to = separator + 2;
  if (CopyFieldValue(to, Bytes(value), value.size()) != value.size()) {
    size_ = size;
    Fail(Fault::kBadOutputField);
    return;
  }
  to[value.size()] = '\r';
  to[value.size() + 1] = '\n';
}

void HeadWriter::ContentLength(uint64_t length) noexcept {
  uint8_t digits[20];
  const size_t count = WriteDecimal(digits, length);
  Literal("content-length: ");
  Literal({reinterpret_cast<const char*>(digits), count});
  Literal("\r\n");
}

void HeadWriter::End() noexcept { Literal("\r\n"); }

size_t WriteChunkLine(uint8_t* out, size_t capacity, uint64_t size,
                      std::string_view key, std::string_view value,
                      Profile profile) noexcept {
  if (!IsExtension(key, value, profile)) return 0;
  size_t digits = 1;
  while (digits < 16 && size >> (4 * digits) != 0) ++digits;
  const size_t key_size = key.empty() ? 0 : key.size() + 1;
  const size_t value_size = value.empty() ? 0 : value.size() + 1;
  const size_t total = digits + key_size + value_size + 2;
  if (capacity < total) return 0;
  for (size_t i = 0; i < digits; ++i) {
    out[i] = static_cast<uint8_t>(
        "0123456789abcdef"[size >> (4 * (digits - 1 - i)) & 15]);
  }
  uint8_t* at = out + digits;
  if (!key.empty()) {
    *at++ = ';';
    std::memcpy(at, key.data(), key.size());
    at += key.size();
  }
  if (!value.empty()) {
    *at++ = '=';
    std::memcpy(at, value.data(), value.size());
    at += value.size();
  }
  *at++ = '\r';
  *at++ = '\n';
  return total;
}

}  // namespace gudeg::engine
