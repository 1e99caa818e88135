#include "listening_socket.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <string>

namespace gudeg::transport {

namespace {

const sockaddr* Raw(const SocketAddress& address) {
  return reinterpret_cast<const sockaddr*>(&address.storage);
}

// Is this a socket file whose owner is gone? Then connecting is refused.
bool IsStaleSocketFile(const SocketAddress& address) noexcept {
  struct stat info {};
  const std::string path(address.unix_name());
  if (lstat(path.c_str(), &info) != 0 || !S_ISSOCK(info.st_mode)) return false;
  const int probe =
      socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (probe < 0) return false;
  const bool refused = connect(probe, Raw(address), address.length) != 0 &&
                       errno == ECONNREFUSED;
  close(probe);
  return refused;
}

int SetFlag(int fd, int level, int name) noexcept {
  const int on = 1;
  return setsockopt(fd, level, name, &on, sizeof on);
}

int Fail(int fd) noexcept {
  const int error = -errno;
  close(fd);
  return error;
}

}  // namespace

int OpenListeningSocket(const SocketAddress& address,
                        const ListenOptions& options) noexcept {
  const int fd =
      socket(address.family(), SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (fd < 0) return -errno;
  if (!address.is_unix()) {
    if (SetFlag(fd, SOL_SOCKET, SO_REUSEADDR) != 0) return Fail(fd);
    if (options.reuse_port && SetFlag(fd, SOL_SOCKET, SO_REUSEPORT) != 0) {
      return Fail(fd);
    }
  }
  if (address.family() == AF_INET6) {
    const int only = options.ipv6_only ? 1 : 0;
    if (setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &only, sizeof only) != 0) {
      return Fail(fd);
    }
  }
  if (bind(fd, Raw(address), address.length) != 0) {
    if (errno != EADDRINUSE || !address.is_socket_file()) return Fail(fd);
    if (!IsStaleSocketFile(address)) {
      close(fd);
      return -EADDRINUSE;
    }
    const std::string path(address.unix_name());
    if (unlink(path.c_str()) != 0) return Fail(fd);
    if (bind(fd, Raw(address), address.length) != 0) return Fail(fd);
  }
  if (listen(fd, options.backlog) != 0) return Fail(fd);
  return fd;
}

int AdoptListeningSocket(int fd, const ListenOptions& options) noexcept {
  int type = 0;
  socklen_t size = sizeof type;
  if (getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &size) != 0) return -errno;
  if (type != SOCK_STREAM) return -ENOTSOCK;
  const int flags = fcntl(fd, F_GETFL);
  if (flags < 0 || fcntl(fd, F_SETFL, flags | O_NONBLOCK) != 0) return -errno;
  if (fcntl(fd, F_SETFD, FD_CLOEXEC) != 0) return -errno;
  if (listen(fd, options.backlog) != 0) return -errno;
  return fd;
}

int CopyListeningSocket(int fd, const ListenOptions& options) noexcept {
  const int copy = fcntl(fd, F_DUPFD_CLOEXEC, 0);
  if (copy < 0) return -errno;
  const int status = AdoptListeningSocket(copy, options);
  if (status < 0) close(copy);
  return status;
}

uint64_t SocketFileInode(const SocketAddress& address) noexcept {
  if (!address.is_socket_file()) return 0;
  struct stat info {};
  const std::string path(address.unix_name());
  return lstat(path.c_str(), &info) == 0 ? info.st_ino : 0;
}

void RemoveSocketFile(const SocketAddress& address, uint64_t inode) noexcept {
  // Another server may have replaced the file meanwhile; that one is not ours.
  if (inode == 0 || SocketFileInode(address) != inode) return;
  unlink(std::string(address.unix_name()).c_str());
}

}  // namespace gudeg::transport
