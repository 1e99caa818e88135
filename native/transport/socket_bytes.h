// Bytes into and out of a socket, without what a signal interrupts.
#pragma once

#include <sys/socket.h>
#include <sys/types.h>
#include <sys/uio.h>

#include <cerrno>
#include <cstddef>

namespace gudeg::transport {

// How many bytes, 0 at the end, or a negative errno.
inline ssize_t ReceiveBytes(int fd, void* data, size_t size) noexcept {
  ssize_t count;
  do {
    count = recv(fd, data, size, 0);
  } while (count < 0 && errno == EINTR);
  return count < 0 ? -errno : count;
}

// How many bytes, or a negative errno. At least one piece.
inline ssize_t SendPieces(int fd, const iovec* pieces, int count) noexcept {
  ssize_t sent;
  do {
    if (count == 1) {
      sent = send(fd, pieces->iov_base, pieces->iov_len, MSG_NOSIGNAL);
    } else {
      msghdr message{};
      message.msg_iov = const_cast<iovec*>(pieces);
      message.msg_iovlen = static_cast<size_t>(count);
      sent = sendmsg(fd, &message, MSG_NOSIGNAL);
    }
  } while (sent < 0 && errno == EINTR);
  return sent < 0 ? -errno : sent;
}

}  // namespace gudeg::transport
