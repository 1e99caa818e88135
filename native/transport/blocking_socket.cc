#include "blocking_socket.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <climits>

#include "monotonic_clock.h"
#include "socket_bytes.h"

namespace gudeg::transport {

namespace {

void SetTimeout(int fd, int name, uint32_t ms) noexcept {
  const timeval value{static_cast<time_t>(ms / 1000),
                      static_cast<suseconds_t>(ms % 1000 * 1000)};
  setsockopt(fd, SOL_SOCKET, name, &value, sizeof value);
}

void SetNonBlocking(int fd, bool on) noexcept {
  const int flags = fcntl(fd, F_GETFL);
  fcntl(fd, F_SETFL, on ? flags | O_NONBLOCK : flags & ~O_NONBLOCK);
}

}  // namespace

int BlockingSocket::Connect(const SocketAddress& address,
                            uint32_t timeout_ms) noexcept {
  const int fd = socket(address.family(), SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return -errno;
  SetTimeout(fd, SO_SNDTIMEO, timeout_ms);
  int status;
  do {
    status = connect(fd, reinterpret_cast<const sockaddr*>(&address.storage),
                     address.length);
  } while (status != 0 && errno == EINTR);
  if (status != 0) {
    // What connect(2) says when SO_SNDTIMEO ends it.
    const bool late = errno == EINPROGRESS || errno == EAGAIN;
    const int error = late ? -ETIMEDOUT : -errno;
    close(fd);
    return error;
  }
  const int on = 1;
  // Fails on unix sockets, which need none.
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  fd_ = fd;
  return 0;
}

bool BlockingSocket::StartTls(std::shared_ptr<TlsContext> context,
                              const TlsPeer& peer,
                              uint64_t deadline_ms) noexcept {
  tls_ = TlsChannel::Open(std::move(context), fd_, false, peer);
  if (tls_ == nullptr) return false;
  // A deadline of each receive would give a server that sends byte by byte all
  // the time it likes.
  SetNonBlocking(fd_, true);
  const TlsChannel::Step step = Handshake(deadline_ms);
  SetNonBlocking(fd_, false);
  tls_->SetBlocking();
  if (step == TlsChannel::Step::kDone) return true;
  // Contexts are asked for by servers only.
  if (step != TlsChannel::Step::kFailed) {
    tls_->FailWith(TlsFailure::Kind::kTimeout);
  }
  return false;
}

TlsChannel::Step BlockingSocket::Handshake(uint64_t deadline_ms) noexcept {
  for (;;) {
    const TlsChannel::Step step = tls_->Handshake();
    const bool waits = step == TlsChannel::Step::kWantsRead ||
                       step == TlsChannel::Step::kWantsWrite;
    if (!waits) return step;
    const bool writes = step == TlsChannel::Step::kWantsWrite;
    pollfd ready{fd_, static_cast<short>(writes ? POLLOUT : POLLIN), 0};
    int wait_ms = -1;
    if (deadline_ms != 0) {
      const uint64_t now = MonotonicMs();
      if (now >= deadline_ms) return step;
      wait_ms = static_cast<int>(std::min<uint64_t>(deadline_ms - now, INT_MAX));
    }
    if (poll(&ready, 1, wait_ms) == 0) return step;
  }
}

void BlockingSocket::Close() noexcept {
  if (fd_ < 0) return;
  if (tls_ != nullptr) tls_->SendCloseNotify();
  close(fd_);
  fd_ = -1;
}

void BlockingSocket::SetSendTimeout(uint32_t ms) noexcept {
  SetTimeout(fd_, SO_SNDTIMEO, ms);
}

void BlockingSocket::SetReceiveTimeout(uint32_t ms) noexcept {
  if (ms == receive_timeout_ms_) return;
  receive_timeout_ms_ = ms;
  SetTimeout(fd_, SO_RCVTIMEO, ms);
}

ssize_t BlockingSocket::Send(const iovec* pieces, int count) noexcept {
  if (tls_ != nullptr) [[unlikely]] return tls_->Write(pieces, count);
  return SendPieces(fd_, pieces, count);
}

ssize_t BlockingSocket::Receive(void* data, size_t size) noexcept {
  if (tls_ != nullptr) [[unlikely]] return tls_->Read(data, size);
  return ReceiveBytes(fd_, data, size);
}

}  // namespace gudeg::transport
