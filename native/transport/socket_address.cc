#include "socket_address.h"

#include <arpa/inet.h>

#include <cstddef>
#include <cstring>

namespace gudeg::transport {

namespace {
constexpr size_t kUnixHeader = offsetof(sockaddr_un, sun_path);

const sockaddr_in& AsIpv4(const SocketAddress& address) {
  return reinterpret_cast<const sockaddr_in&>(address.storage);
}
const sockaddr_in6& AsIpv6(const SocketAddress& address) {
  return reinterpret_cast<const sockaddr_in6&>(address.storage);
}
}  // namespace

std::string_view SocketAddress::unix_name() const noexcept {
  if (!is_unix() || length <= kUnixHeader) return {};
  const auto& address = reinterpret_cast<const sockaddr_un&>(storage);
  size_t size = length - kUnixHeader;
  // The kernel counts the terminating NUL of a path, but not of a name.
  if (address.sun_path[0] != '\0') size = strnlen(address.sun_path, size);
  return {address.sun_path, size};
}

bool SocketAddress::is_socket_file() const noexcept {
  const std::string_view name = unix_name();
  return !name.empty() && name[0] != '\0';
}

uint16_t SocketAddress::port() const noexcept {
  if (family() == AF_INET) return ntohs(AsIpv4(*this).sin_port);
  if (family() == AF_INET6) return ntohs(AsIpv6(*this).sin6_port);
  return 0;
}

uint32_t SocketAddress::flow_info() const noexcept {
  return family() == AF_INET6 ? ntohl(AsIpv6(*this).sin6_flowinfo) : 0;
}

uint32_t SocketAddress::scope_id() const noexcept {
  return family() == AF_INET6 ? AsIpv6(*this).sin6_scope_id : 0;
}

std::string SocketAddress::host() const {
  char text[INET6_ADDRSTRLEN] = "";
  if (family() == AF_INET) {
    inet_ntop(AF_INET, &AsIpv4(*this).sin_addr, text, sizeof text);
  } else if (family() == AF_INET6) {
    inet_ntop(AF_INET6, &AsIpv6(*this).sin6_addr, text, sizeof text);
  }
  return text;
}

bool SocketAddress::FromIpv4(const std::string& host, uint16_t port,
                             SocketAddress* out) noexcept {
  auto& address = reinterpret_cast<sockaddr_in&>(out->storage);
  address = {};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  out->length = sizeof address;
  return inet_pton(AF_INET, host.c_str(), &address.sin_addr) == 1;
}

bool SocketAddress::FromIpv6(const std::string& host, uint16_t port,
                             uint32_t flow_info, uint32_t scope_id,
                             SocketAddress* out) noexcept {
  auto& address = reinterpret_cast<sockaddr_in6&>(out->storage);
  address = {};
  address.sin6_family = AF_INET6;
  address.sin6_port = htons(port);
  address.sin6_flowinfo = htonl(flow_info);
  address.sin6_scope_id = scope_id;
  out->length = sizeof address;
  return inet_pton(AF_INET6, host.c_str(), &address.sin6_addr) == 1;
}

bool SocketAddress::FromUnixName(std::string_view name,
                                 SocketAddress* out) noexcept {
  auto& address = reinterpret_cast<sockaddr_un&>(out->storage);
  address = {};
  address.sun_family = AF_UNIX;
  if (name.empty() || name.size() >= sizeof address.sun_path) return false;
  // Only the family: Linux then picks an abstract name (autobind).
  if (name.size() == 1 && name[0] == '\0') {
    out->length = sizeof address.sun_family;
    return true;
  }
  memcpy(address.sun_path, name.data(), name.size());
  const bool is_path = name[0] != '\0';
  out->length =
      static_cast<socklen_t>(kUnixHeader + name.size() + (is_path ? 1 : 0));
  return true;
}

SocketAddress SocketAddress::LocalOf(int fd) noexcept {
  SocketAddress address;
  address.length = sizeof address.storage;
  auto* raw = reinterpret_cast<sockaddr*>(&address.storage);
  if (getsockname(fd, raw, &address.length) != 0) address.length = 0;
  return address;
}

SocketAddress SocketAddress::PeerOf(int fd) noexcept {
  SocketAddress address;
  address.length = sizeof address.storage;
  auto* raw = reinterpret_cast<sockaddr*>(&address.storage);
  if (getpeername(fd, raw, &address.length) != 0) address.length = 0;
  return address;
}

bool ReadPeerCredentials(int fd, PeerCredentials* out) noexcept {
#ifdef SO_PEERCRED
  ucred credentials{};
  socklen_t size = sizeof credentials;
  if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &credentials, &size) != 0) {
    return false;
  }
  *out = {static_cast<int32_t>(credentials.pid),
          static_cast<int32_t>(credentials.uid),
          static_cast<int32_t>(credentials.gid)};
  return true;
#else
  static_cast<void>(fd);
  static_cast<void>(out);
  return false;
#endif
}

}  // namespace gudeg::transport
