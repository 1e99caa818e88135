#include "stream.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>

namespace gudeg::transport {

int Stream::Open(uv_loop_t* loop, int fd) noexcept {
  const int status = uv_poll_init(loop, &poll_, fd);
  if (status != 0) return status;
  fd_ = fd;
  poll_.data = this;
  const int on = 1;
  // Fails on unix sockets, which need none.
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  return 0;
}

void Stream::SetInterest(bool readable, bool writable) noexcept {
  const int interest =
      (readable ? UV_READABLE : 0) | (writable ? UV_WRITABLE : 0);
  if (interest == interest_ || fd_ < 0) return;
  interest_ = interest;
  if (interest == 0) {
    uv_poll_stop(&poll_);
  } else {
    uv_poll_start(&poll_, interest, OnPoll);
  }
}

void Stream::Hold(bool keep_loop_alive) noexcept {
  auto* handle = reinterpret_cast<uv_handle_t*>(&poll_);
  (keep_loop_alive ? uv_ref : uv_unref)(handle);
}

void Stream::OnPoll(uv_poll_t* handle, int status, int events) {
  auto* self = static_cast<Stream*>(handle->data);
  // On an error libuv has stopped the handle; the next read or write says
  // which error it is.
  if (status != 0) {
    self->interest_ = 0;
    self->OnReady(true, true);
    return;
  }
  self->OnReady((events & UV_READABLE) != 0, (events & UV_WRITABLE) != 0);
}

ssize_t Stream::Read(void* data, size_t size) noexcept {
  ssize_t count;
  do {
    count = recv(fd_, data, size, 0);
  } while (count < 0 && errno == EINTR);
  return count < 0 ? -errno : count;
}

ssize_t Stream::Write(const iovec* pieces, int count) noexcept {
  ssize_t written;
  do {
    if (count == 1) {
      written = send(fd_, pieces->iov_base, pieces->iov_len, MSG_NOSIGNAL);
    } else {
      msghdr message{};
      message.msg_iov = const_cast<iovec*>(pieces);
      message.msg_iovlen = static_cast<size_t>(count);
      written = sendmsg(fd_, &message, MSG_NOSIGNAL);
    }
  } while (written < 0 && errno == EINTR);
  if (written >= 0) return written;
  return errno == EAGAIN || errno == EWOULDBLOCK ? 0 : -errno;
}

void Stream::ShutdownWrite() noexcept { shutdown(fd_, SHUT_WR); }

void Stream::Close() noexcept {
  if (fd_ < 0) return;
  interest_ = 0;
  uv_close(reinterpret_cast<uv_handle_t*>(&poll_), OnHandleClosed);
  close(fd_);
  fd_ = -1;
}

void Stream::Reset() noexcept {
  if (fd_ < 0) return;
  const linger hard{1, 0};
  setsockopt(fd_, SOL_SOCKET, SO_LINGER, &hard, sizeof hard);
  Close();
}

void Stream::OnHandleClosed(uv_handle_t* handle) {
  static_cast<Stream*>(handle->data)->OnClosed();
}

}  // namespace gudeg::transport
