// Byte classes of RFC 9110/9112/3986 and of Degu, as one constexpr table.
#pragma once

#include <array>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace gudeg::engine {

enum CharClass : uint16_t {
  kToken = 1 << 0,           // RFC 9110 section 5.6.2
  kFieldValue = 1 << 1,      // VCHAR, obs-text, SP, HTAB
  kTarget = 1 << 2,          // VCHAR but '#'
  kHost = 1 << 3,            // reg-name: unreserved, sub-delims, '%'
  kQuotedText = 1 << 4,      // qdtext of RFC 9110 section 5.6.4
  kVisible = 1 << 5,         // VCHAR
  kDeguName = 1 << 6,        // field name, also chunk extension key
  kDeguValue = 1 << 7,       // field value
  kDeguPath = 1 << 8,        // path component
  kDeguQuery = 1 << 9,       // query
  kDeguReason = 1 << 10,     // reason phrase
  kDeguExtension = 1 << 11,  // chunk extension value
  kDeguOutName = 1 << 12,    // outgoing field name
};

namespace char_class_detail {

constexpr std::string_view kAlnum =
    "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

using Table = std::array<uint16_t, 256>;

constexpr void Add(Table& table, uint16_t bits, std::string_view bytes) {
  for (const char c : bytes) {
    uint16_t& cell = table[static_cast<uint8_t>(c)];
    cell = static_cast<uint16_t>(cell | bits);
  }
}

constexpr Table Make() {
  Table table{};
  Add(table,
      kToken | kHost | kDeguName | kDeguValue | kDeguPath | kDeguQuery |
          kDeguReason | kDeguExtension,
      kAlnum);
  Add(table, kToken, "!#$%&'*+-.^_`|~");
  Add(table, kHost, "-._~!$&'()*+,;=%");
  Add(table, kDeguName | kDeguReason, "-");
  Add(table, kDeguReason, " ");
  Add(table, kDeguPath, "-+.:_~");
  Add(table, kDeguQuery, "-+.:_~%&=");
  Add(table, kDeguValue, " -+.:_~%&=/?\"'()*,;<>[]");
  Add(table, kDeguExtension, "-+.:_~\"'()*,;<>[]");
  Add(table, kDeguOutName, "-0123456789abcdefghijklmnopqrstuvwxyz");
  Add(table, kFieldValue | kQuotedText, " \t");
  for (unsigned c = 0x21; c <= 0xff; ++c) {
    if (c == 0x7f) continue;
    uint16_t bits = kFieldValue;
    if (c < 0x7f) bits |= kVisible;
    if (c < 0x7f && c != '#') bits |= kTarget;
    if (c != '"' && c != '\\') bits |= kQuotedText;
    table[c] = static_cast<uint16_t>(table[c] | bits);
  }
  return table;
}

}  // namespace char_class_detail

inline constexpr std::array<uint16_t, 256> kCharClasses =
    char_class_detail::Make();

constexpr bool Is(uint8_t byte, CharClass char_class) noexcept {
  return (kCharClasses[byte] & char_class) != 0;
}

constexpr bool IsDigit(uint8_t byte) noexcept {
  return static_cast<uint8_t>(byte - '0') < 10;
}

constexpr uint8_t ToLower(uint8_t byte) noexcept {
  return static_cast<uint8_t>(byte - 'A') < 26
             ? static_cast<uint8_t>(byte | 0x20)
             : byte;
}

// True when every byte is of the class (so also for no bytes at all).
inline bool AllOf(const uint8_t* data, size_t size,
                  CharClass char_class) noexcept {
  for (size_t i = 0; i < size; ++i) {
    if (!Is(data[i], char_class)) return false;
  }
  return true;
}

// Eight bytes at once; only 'A'..'Z' change.
inline uint64_t ToLower8(uint64_t bytes) noexcept {
  constexpr uint64_t kOnes = 0x0101010101010101;
  const uint64_t low = bytes & (kOnes * 0x7f);
  const uint64_t from_a = low + kOnes * (0x80 - 'A');
  const uint64_t above_z = low + kOnes * (0x7f - 'Z');
  const uint64_t upper = (from_a ^ above_z) & ~bytes & (kOnes * 0x80);
  return bytes | upper >> 2;
}

// `lower` must be in lower case.
inline bool EqualsIgnoreCase(const uint8_t* data, size_t size,
                             std::string_view lower) noexcept {
  if (size != lower.size()) return false;
  const char* const text = lower.data();
  if (size < 8) {
    for (size_t i = 0; i < size; ++i) {
      if (ToLower(data[i]) != static_cast<uint8_t>(text[i])) return false;
    }
    return true;
  }
  const auto differ_at = [data, text](size_t at) noexcept {
    uint64_t word;
    uint64_t expected;
    std::memcpy(&word, data + at, sizeof(word));
    std::memcpy(&expected, text + at, sizeof(expected));
    return ToLower8(word) ^ expected;
  };
  uint64_t differ = differ_at(size - 8);
  for (size_t at = 0; at + 8 < size; at += 8) differ |= differ_at(at);
  return differ == 0;
}

}  // namespace gudeg::engine
