#include "ip_address.h"

#include <cstring>

namespace gudeg::engine {

namespace {

int HexDigit(uint8_t byte) noexcept {
  if (byte >= '0' && byte <= '9') return byte - '0';
  const uint8_t letter = byte | 0x20;
  return letter >= 'a' && letter <= 'f' ? letter - 'a' + 10 : -1;
}

}  // namespace

bool ParseIpv4(const uint8_t* text, size_t size,
               uint8_t out[kIpv4Bytes]) noexcept {
  size_t at = 0;
  for (size_t octet = 0; octet < kIpv4Bytes; octet++) {
    if (octet != 0 && (at == size || text[at++] != '.')) return false;
    const size_t start = at;
    unsigned value = 0;
    while (at < size && at < start + 3 && text[at] >= '0' && text[at] <= '9') {
      value = value * 10 + (text[at++] - '0');
    }
    const bool has_leading_zero = at > start + 1 && text[start] == '0';
    if (at == start || has_leading_zero || value > 255) return false;
    out[octet] = static_cast<uint8_t>(value);
  }
  return at == size;
}

bool ParseIpv6(const uint8_t* text, size_t size,
               uint8_t out[kIpv6Bytes]) noexcept {
  constexpr size_t kNone = kIpv6Bytes + 1;
  uint8_t groups[kIpv6Bytes] = {};
  size_t filled = 0;
  size_t gap = kNone;  // where the `::` stands
  size_t at = 0;
  if (size >= 2 && text[0] == ':' && text[1] == ':') {
    gap = 0;
    at = 2;
  }
  while (at < size) {
    const size_t start = at;
    unsigned value = 0;
    while (at < size && at < start + 4 && HexDigit(text[at]) >= 0) {
      value = value << 4 | static_cast<unsigned>(HexDigit(text[at++]));
    }
    if (at == start) return false;
    if (at < size && text[at] == '.') {
      if (filled + kIpv4Bytes > kIpv6Bytes ||
          !ParseIpv4(text + start, size - start, groups + filled)) {
        return false;
      }
      filled += kIpv4Bytes;
      at = size;
      break;
    }
    if (filled + 2 > kIpv6Bytes) return false;
    groups[filled++] = static_cast<uint8_t>(value >> 8);
    groups[filled++] = static_cast<uint8_t>(value);
    if (at == size) break;
    if (text[at++] != ':') return false;
    if (at < size && text[at] == ':') {
      if (gap != kNone) return false;
      gap = filled;
      at++;
    } else if (at == size) {
      return false;  // ends in a single colon
    }
  }
  if (gap == kNone) {
    if (filled != kIpv6Bytes) return false;
    memcpy(out, groups, kIpv6Bytes);
    return true;
  }
  // The run stands for one group at least.
  if (filled == kIpv6Bytes) return false;
  memset(out, 0, kIpv6Bytes);
  memcpy(out, groups, gap);
  memcpy(out + kIpv6Bytes - (filled - gap), groups + gap, filled - gap);
  return true;
}

}  // namespace gudeg::engine
