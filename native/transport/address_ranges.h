// A set of IP addresses, given as addresses and as networks (CIDR, RFC 4632).
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "socket_address.h"

namespace gudeg::transport {

class AddressRanges {
 public:
  // `10.0.0.0/8`, `::1`, or `*` for every address. False, and nothing is
  // added, when it is none of these.
  bool Add(std::string_view text);
  // IPv4 addresses are found under their own form also where the socket has
  // them in that of IPv6 (RFC 4291 section 2.5.5.2). Unix peers are always
  // found: who may reach the socket is a matter of its file.
  bool Contains(const SocketAddress& address) const noexcept;

 private:
  struct Range {
    uint8_t bytes[16];  // IPv4 mapped into IPv6
    uint8_t bits;
  };
  std::vector<Range> ranges_;
};

}  // namespace gudeg::transport
