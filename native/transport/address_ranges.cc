#include "address_ranges.h"

#include <arpa/inet.h>

#include <charconv>
#include <cstring>
#include <string>

namespace gudeg::transport {

namespace {

// ::ffff:0:0/96
constexpr uint8_t kMapped[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

bool HasPrefix(const uint8_t* address, const uint8_t* prefix,
               unsigned bits) noexcept {
  const size_t whole = bits / 8;
  if (memcmp(address, prefix, whole) != 0) return false;
  const unsigned rest = bits % 8;
  if (rest == 0) return true;
  const auto mask = static_cast<uint8_t>(0xff << (8 - rest));
  return ((address[whole] ^ prefix[whole]) & mask) == 0;
}

}  // namespace

bool AddressRanges::Add(std::string_view text) {
  Range range{};
  if (text == "*") {
    ranges_.push_back(range);
    return true;
  }
  const size_t slash = text.find('/');
  const std::string host(text.substr(0, slash));
  unsigned most = 128;
  unsigned before = 0;
  if (inet_pton(AF_INET, host.c_str(), range.bytes + sizeof kMapped) == 1) {
    memcpy(range.bytes, kMapped, sizeof kMapped);
    most = 32;
    before = 96;
  } else if (inet_pton(AF_INET6, host.c_str(), range.bytes) != 1) {
    return false;
  }
  unsigned bits = most;
  if (slash != std::string_view::npos) {
    const char* end = text.data() + text.size();
    const auto read = std::from_chars(text.data() + slash + 1, end, bits);
    if (read.ec != std::errc() || read.ptr != end || bits > most) return false;
  }
  range.bits = static_cast<uint8_t>(before + bits);
  ranges_.push_back(range);
  return true;
}

bool AddressRanges::Contains(const SocketAddress& address) const noexcept {
  if (address.is_unix()) return true;
  uint8_t bytes[16];
  if (address.family() == AF_INET) {
    const auto* ipv4 = reinterpret_cast<const sockaddr_in*>(&address.storage);
    memcpy(bytes, kMapped, sizeof kMapped);
    memcpy(bytes + sizeof kMapped, &ipv4->sin_addr, 4);
  } else if (address.family() == AF_INET6) {
    const auto* ipv6 = reinterpret_cast<const sockaddr_in6*>(&address.storage);
    memcpy(bytes, &ipv6->sin6_addr, sizeof bytes);
  } else {
    return false;
  }
  for (const Range& range : ranges_) {
    if (HasPrefix(bytes, range.bytes, range.bits)) return true;
  }
  return false;
}

}  // namespace gudeg::transport
