#include "stream.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>

#include "socket_bytes.h"

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
  interest_ = (readable ? UV_READABLE : 0) | (writable ? UV_WRITABLE : 0);
  Poll();
}

void Stream::Poll() noexcept {
  int wanted = interest_;
  if (tls_ != nullptr) {
    // Readiness that nobody takes would be told again and again.
    if (in_handshake_) wanted = tls_->awaits_context() ? 0 : UV_READABLE;
    // What TLS has read already shows on no socket; that it can be written to
    // is an occasion to look.
    const bool unseen = wants_read() && tls_->has_input();
    if (tls_->has_output() || unseen) wanted |= UV_WRITABLE;
    if (tls_->is_congested()) wanted &= ~UV_READABLE;
  }
  if (wanted == polled_ || fd_ < 0) return;
  polled_ = wanted;
  if (wanted == 0) {
    uv_poll_stop(&poll_);
  } else {
    uv_poll_start(&poll_, wanted, OnPoll);
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
    self->interest_ = self->polled_ = 0;
    events = UV_READABLE | UV_WRITABLE;
  }
  const bool readable = (events & UV_READABLE) != 0;
  const bool writable = (events & UV_WRITABLE) != 0;
  if (self->tls_ != nullptr) {
    self->OnTlsPoll(readable, writable);
  } else {
    self->OnReady(readable, writable);
  }
}

bool Stream::StartTls(std::shared_ptr<TlsContext> context,
                      const TlsPeer& peer) noexcept {
  tls_ = TlsChannel::Open(std::move(context), fd_, false, peer);
  if (tls_ == nullptr) return false;
  in_handshake_ = true;
  // A client speaks first; a server's peer may have spoken already.
  StepHandshake();
  return true;
}

void Stream::ChooseTlsContext(std::shared_ptr<TlsContext> context) noexcept {
  if (!is_open() || !in_handshake_ || !tls_->awaits_context()) return;
  tls_->Choose(std::move(context));
  StepHandshake();
}

void Stream::StepHandshake() noexcept {
  const TlsChannel::Step step = tls_->Handshake();
  if (step == TlsChannel::Step::kWantsRead ||
      step == TlsChannel::Step::kWantsWrite) {
    Poll();
    return;
  }
  if (step == TlsChannel::Step::kWantsContext) {
    Poll();
    OnContextWanted();
    return;
  }
  in_handshake_ = false;
  OnHandshakeDone(step == TlsChannel::Step::kDone);
  if (is_open()) Poll();
}

void Stream::OnTlsPoll(bool readable, bool writable) noexcept {
  if (writable && tls_->has_output()) {
    if (!tls_->Flush()) readable = true;  // the next read says why
    if (!tls_->has_output() && ends_output_) ShutdownWrite();
    writable = !tls_->has_output();
  }
  if (in_handshake_) {
    StepHandshake();
    return;
  }
  readable = readable || (wants_read() && tls_->has_input());
  writable = writable && (interest_ & UV_WRITABLE) != 0;
  if (readable || writable) OnReady(readable, writable);
  if (is_open()) Poll();
}

ssize_t Stream::Read(void* data, size_t size) noexcept {
  if (tls_ == nullptr) [[likely]] return ReceiveBytes(fd_, data, size);
  const ssize_t count = tls_->Read(data, size);
  if (tls_->has_input()) Poll();
  return count;
}

ssize_t Stream::Peek(void* data, size_t size) noexcept {
  ssize_t count;
  do {
    count = recv(fd_, data, size, MSG_PEEK | MSG_DONTWAIT);
  } while (count < 0 && errno == EINTR);
  return count < 0 ? -errno : count;
}

ssize_t Stream::Write(const iovec* pieces, int count) noexcept {
  if (tls_ != nullptr) [[unlikely]] return tls_->Write(pieces, count);
  const ssize_t written = SendPieces(fd_, pieces, count);
  return written == -EAGAIN || written == -EWOULDBLOCK ? 0 : written;
}

void Stream::ShutdownWrite() noexcept {
  if (tls_ != nullptr) {
    tls_->SendCloseNotify();
    ends_output_ = tls_->has_output();
    if (ends_output_) {
      Poll();
      return;
    }
  }
  shutdown(fd_, SHUT_WR);
}

void Stream::Close() noexcept {
  if (fd_ < 0) return;
  // Where Reset() cuts a message off, nothing may say that it is whole.
  if (tls_ != nullptr && !resets_) tls_->SendCloseNotify();
  interest_ = 0;
  uv_close(reinterpret_cast<uv_handle_t*>(&poll_), OnHandleClosed);
  close(fd_);
  fd_ = -1;
}

void Stream::Reset() noexcept {
  if (fd_ < 0) return;
  const linger hard{1, 0};
  setsockopt(fd_, SOL_SOCKET, SO_LINGER, &hard, sizeof hard);
  resets_ = true;
  Close();
}

void Stream::OnHandleClosed(uv_handle_t* handle) {
  static_cast<Stream*>(handle->data)->OnClosed();
}

}  // namespace gudeg::transport
