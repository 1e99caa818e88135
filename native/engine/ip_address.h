// IPv4 and IPv6 addresses in text (RFC 3986 section 3.2.2, RFC 4291 section
// 2.2), without a zone and without brackets.
#pragma once

#include <cstddef>
#include <cstdint>

namespace gudeg::engine {

inline constexpr size_t kIpv4Bytes = 4;
inline constexpr size_t kIpv6Bytes = 16;

// `a.b.c.d`, decimal, without leading zeros; false for anything else.
bool ParseIpv4(const uint8_t* text, size_t size,
               uint8_t out[kIpv4Bytes]) noexcept;
// Eight groups, one run of which may be `::`, and the last two of which may be
// an IPv4 address.
bool ParseIpv6(const uint8_t* text, size_t size,
               uint8_t out[kIpv6Bytes]) noexcept;

}  // namespace gudeg::engine
