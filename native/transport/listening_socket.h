// Opens the socket a server listens on.
#pragma once

#include <cstdint>

#include "socket_address.h"

namespace gudeg::transport {

struct ListenOptions {
  int backlog = 511;
  bool reuse_port = false;  // SO_REUSEPORT
  bool ipv6_only = false;   // IPV6_V6ONLY
};

// A bound, listening, non-blocking, close-on-exec socket, or a negative errno.
// A socket file that nobody listens on is replaced; a live one is -EADDRINUSE.
int OpenListeningSocket(const SocketAddress& address,
                        const ListenOptions& options) noexcept;

// Makes an inherited descriptor listen, or gives a negative errno; -ENOTSOCK
// when it is no stream socket.
int AdoptListeningSocket(int fd, const ListenOptions& options) noexcept;

// The same for a descriptor that stays its owner's: a copy of it.
int CopyListeningSocket(int fd, const ListenOptions& options) noexcept;

// Removes the socket file of `fd`, if it is still this socket's own.
void RemoveSocketFile(const SocketAddress& address, uint64_t inode) noexcept;
uint64_t SocketFileInode(const SocketAddress& address) noexcept;

}  // namespace gudeg::transport
