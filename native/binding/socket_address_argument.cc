#include "socket_address_argument.h"

#include "arguments.h"

namespace gudeg::binding {

using transport::SocketAddress;

bool ReadSocketAddress(const Napi::CallbackInfo& info, size_t first,
                       SocketAddress* out) {
  const std::string kind = Latin1(info[first]);
  if (kind == "unix") {
    const Bytes name = BytesOf(info[first + 1]);
    return SocketAddress::FromUnixName(
        {reinterpret_cast<const char*>(name.data), name.size}, out);
  }
  const std::string host = Latin1(info[first + 1]);
  const auto port = static_cast<uint16_t>(Int(info[first + 2]));
  if (kind == "ipv4") return SocketAddress::FromIpv4(host, port, out);
  return SocketAddress::FromIpv6(
      host, port, static_cast<uint32_t>(Natural(info[first + 3])),
      static_cast<uint32_t>(Natural(info[first + 4])), out);
}

}  // namespace gudeg::binding
