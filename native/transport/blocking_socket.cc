#include "blocking_socket.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <cerrno>

#include "socket_bytes.h"

namespace gudeg::transport {

namespace {

void SetTimeout(int fd, int name, uint32_t ms) noexcept {
  const timeval value{static_cast<time_t>(ms / 1000),
                      static_cast<suseconds_t>(ms % 1000 * 1000)};
  setsockopt(fd, SOL_SOCKET, name, &value, sizeof value);
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
                              uint32_t timeout_ms) noexcept {
  tls_ = TlsChannel::Open(std::move(context), fd_, true, peer);
  if (tls_ == nullptr) return false;
  SetReceiveTimeout(timeout_ms);
  switch (tls_->Handshake()) {
    case TlsChannel::Step::kDone:
      return true;
    case TlsChannel::Step::kWantsRead:
    case TlsChannel::Step::kWantsWrite:
      tls_->FailWith(TlsFailure::Kind::kTimeout);
      return false;
    case TlsChannel::Step::kWantsContext:  // only servers ask for one
    case TlsChannel::Step::kFailed:
      return false;
  }
  return false;
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
