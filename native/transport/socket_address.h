// Socket addresses of every family the server and client speak: IPv4, IPv6
// with flow information and scope id, unix socket files, abstract names.
#pragma once

#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <cstdint>
#include <string>
#include <string_view>

namespace gudeg::transport {

struct SocketAddress {
  sockaddr_storage storage{};
  socklen_t length = 0;

  int family() const noexcept { return storage.ss_family; }
  bool is_unix() const noexcept { return family() == AF_UNIX; }
  // The path or abstract name (first byte NUL) of a unix address; empty for
  // an unnamed one.
  std::string_view unix_name() const noexcept;
  bool is_socket_file() const noexcept;
  uint16_t port() const noexcept;
  uint32_t flow_info() const noexcept;
  uint32_t scope_id() const noexcept;
  // The numeric host of an IPv4 or IPv6 address.
  std::string host() const;

  // Both give false when `host` is not a numeric address of its family.
  static bool FromIpv4(const std::string& host, uint16_t port,
                       SocketAddress* out) noexcept;
  static bool FromIpv6(const std::string& host, uint16_t port,
                       uint32_t flow_info, uint32_t scope_id,
                       SocketAddress* out) noexcept;
  // A socket file's path, or an abstract name starting with NUL; a lone NUL
  // lets the kernel choose a name. False when too long.
  static bool FromUnixName(std::string_view name, SocketAddress* out) noexcept;
  static SocketAddress LocalOf(int fd) noexcept;
  static SocketAddress PeerOf(int fd) noexcept;
};

// SO_PEERCRED: who connected to a unix socket. False elsewhere.
struct PeerCredentials {
  int32_t pid;
  int32_t uid;
  int32_t gid;
};
bool ReadPeerCredentials(int fd, PeerCredentials* out) noexcept;

}  // namespace gudeg::transport
