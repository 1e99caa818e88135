// The header of the PROXY protocol, versions 1 and 2: what a proxy sends before
// the first byte of its client, to say who that is
// (haproxy.org/download/3.0/doc/proxy-protocol.txt).
#pragma once

#include <cstddef>
#include <cstdint>

#include "fault.h"

namespace gudeg::engine {

// Which versions a listener takes.
enum class ProxyVersions : uint8_t { kNone, kV1, kV2, kBoth };

// With both addresses and the types, lengths and values behind them. A proxy
// sends some hundred bytes; certificates of clients are the longest of them.
inline constexpr size_t kMaxProxyHeaderBytes = 4096;
// Of version 1, with CRLF.
inline constexpr size_t kMaxProxyLineBytes = 107;
inline constexpr size_t kUnixPathBytes = 108;

// One end of a connection, as the header's family has it: 4 or 16 bytes of an
// IP address in network order, or a path that a NUL may end.
struct ProxyEnd {
  uint8_t bytes[kUnixPathBytes] = {};
  uint16_t port = 0;
};

struct ProxyHeader {
  // kUnknown: the proxy speaks for itself, or doesn't know; the addresses of
  // the connection hold.
  enum class Family : uint8_t { kUnknown, kIpv4, kIpv6, kUnix };
  Family family = Family::kUnknown;
  uint32_t header_bytes = 0;
  ProxyEnd source;
  ProxyEnd destination;
};

// Reads the header that `data` begins with. It keeps nothing: call it again
// with more. kDone sets `header`, kFault sets `fault`; kNeedMore comes for less
// than kMaxProxyHeaderBytes only.
Progress ParseProxyHeader(const uint8_t* data, size_t size,
                          ProxyVersions versions, ProxyHeader* header,
                          Fault* fault) noexcept;

}  // namespace gudeg::engine
