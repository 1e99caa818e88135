#include "target.h"

#include "char_class.h"
#include "ip_address.h"

namespace gudeg::engine {

namespace {

bool IsHexDigit(uint8_t byte) noexcept {
  const uint8_t lower = static_cast<uint8_t>(byte | 0x20);
  return IsDigit(byte) || (lower >= 'a' && lower <= 'f');
}

// `v1.x` (RFC 3986 section 3.2.2).
bool IsIpFuture(const uint8_t* data, size_t size) noexcept {
  if (size < 4 || (data[0] | 0x20) != 'v') return false;
  size_t at = 1;
  while (at < size && IsHexDigit(data[at])) ++at;
  if (at == 1 || size - at < 2 || data[at] != '.') return false;
  for (++at; at < size; ++at) {
    if (data[at] == '%' || (data[at] != ':' && !Is(data[at], kHost))) {
      return false;
    }
  }
  return true;
}

// What stands between the brackets of an IP-literal: IPv6address, perhaps with
// `%25` and a zone (RFC 6874 section 2), or IPvFuture.
bool IsIpLiteral(const uint8_t* data, size_t size) noexcept {
  size_t address_size = 0;
  while (address_size < size && data[address_size] != '%') ++address_size;
  const size_t zone = address_size + 3;
  if (address_size != size &&
      (zone >= size || data[zone - 2] != '2' || data[zone - 1] != '5')) {
    return false;
  }
  for (size_t at = zone; at < size; ++at) {
    if (!Is(data[at], kHost)) return false;
  }
  uint8_t address[kIpv6Bytes];
  return ParseIpv6(data, address_size, address) || IsIpFuture(data, size);
}

}  // namespace

bool IsHost(const uint8_t* data, size_t size, bool need_port) noexcept {
  size_t at = 0;
  if (size > 0 && data[0] == '[') {
    at = 1;
    while (at < size && data[at] != ']') ++at;
    if (at == size || !IsIpLiteral(data + 1, at - 1)) return false;
    ++at;
  } else {
    for (; at < size && data[at] != ':'; ++at) {
      if (!Is(data[at], kHost)) return false;
      if (data[at] != '%') continue;
      if (size - at < 3 || !IsHexDigit(data[at + 1]) ||
          !IsHexDigit(data[at + 2])) {
        return false;
      }
    }
  }
  if (at == size) return !need_port;
  if (data[at] != ':' || at == 0) return false;
  const size_t port_size = size - ++at;
  if (port_size > 5 || (need_port && port_size == 0)) return false;
  uint32_t port = 0;
  for (; at < size; ++at) {
    if (!IsDigit(data[at])) return false;
    port = port * 10 + static_cast<uint32_t>(data[at] - '0');
  }
  return port <= 65535;
}

bool JudgeTarget(const uint8_t* target, size_t size, Method method,
                 TargetForm* form) noexcept {
  if (size == 0) return false;
  if (method == Method::kCONNECT) {
    *form = TargetForm::kAuthority;
    return IsHost(target, size, true);
  }
  if (target[0] == '/') {
    *form = TargetForm::kOrigin;
    return true;
  }
  if (target[0] == '*') {
    *form = TargetForm::kAsterisk;
    return size == 1 && method == Method::kOPTIONS;
  }
  size_t scheme = 0;
  if (size > 7 && EqualsIgnoreCase(target, 7, "http://")) scheme = 7;
  if (size > 8 && EqualsIgnoreCase(target, 8, "https://")) scheme = 8;
  if (scheme == 0) return false;
  size_t stop = scheme;
  while (stop < size && target[stop] != '/' && target[stop] != '?') ++stop;
  *form = TargetForm::kAbsolute;
  return stop > scheme && IsHost(target + scheme, stop - scheme, false);
}

}  // namespace gudeg::engine
