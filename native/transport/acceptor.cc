#include "acceptor.h"

#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>

namespace gudeg::transport {

int Acceptor::Open(uv_loop_t* loop, int fd, Source source, int accepts_per_turn,
                   Owner* owner) noexcept {
  const int status = uv_poll_init(loop, &poll_, fd);
  if (status != 0) return status;
  fd_ = fd;
  source_ = source;
  accepts_per_turn_ = accepts_per_turn;
  owner_ = owner;
  poll_.data = this;
  uv_timer_init(loop, &timer_);
  timer_.data = this;
  open_handles_ = 2;
  // Fails for an open handle's known events never.
  uv_poll_start(&poll_, UV_READABLE, OnReadable);
  return 0;
}

int Acceptor::Next(HandOnFacts* facts) noexcept {
  if (source_ == Source::kHandOnChannel) return ReceiveDescriptor(fd_, facts);
  return accept4(fd_, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
}

void Acceptor::OnReadable(uv_poll_t* handle, int status, int) {
  auto* self = static_cast<Acceptor*>(handle->data);
  if (status != 0) return;
  HandOnFacts facts;
  const bool is_handed_on = self->source_ == Source::kHandOnChannel;
  for (int i = 0; i < self->accepts_per_turn_ && self->fd_ >= 0; i++) {
    const int fd = self->Next(&facts);
    if (fd >= 0) {
      self->owner_->OnAccept(fd, is_handed_on ? &facts : nullptr);
      continue;
    }
    switch (errno) {
      case EMFILE:
      case ENFILE:
      case ENOBUFS:
      case ENOMEM:
        // Retrying at once would spin: the pending connection stays readable.
        self->Suspend(errno);
        return;
      case EAGAIN:
        return;
      case EPIPE:
        // A channel whose senders are gone stays readable for ever.
        uv_poll_stop(&self->poll_);
        return;
      default:
        // The connection died in the backlog (ECONNABORTED and friends): the
        // next one may be fine.
        continue;
    }
  }
}

void Acceptor::Suspend(int error) noexcept {
  uv_poll_stop(&poll_);
  uv_timer_start(&timer_, OnBackoffOver, kBackoffMs, 0);
  owner_->OnAcceptBackoff(error);
}

void Acceptor::OnBackoffOver(uv_timer_t* timer) {
  auto* self = static_cast<Acceptor*>(timer->data);
  uv_poll_start(&self->poll_, UV_READABLE, OnReadable);
}

void Acceptor::Ref(bool keep_loop_alive) noexcept {
  auto* poll = reinterpret_cast<uv_handle_t*>(&poll_);
  auto* timer = reinterpret_cast<uv_handle_t*>(&timer_);
  (keep_loop_alive ? uv_ref : uv_unref)(poll);
  (keep_loop_alive ? uv_ref : uv_unref)(timer);
}

void Acceptor::Close() noexcept {
  if (fd_ < 0) return;
  uv_close(reinterpret_cast<uv_handle_t*>(&poll_), OnHandleClosed);
  uv_close(reinterpret_cast<uv_handle_t*>(&timer_), OnHandleClosed);
  close(fd_);
  fd_ = -1;
}

void Acceptor::OnHandleClosed(uv_handle_t* handle) {
  auto* self = static_cast<Acceptor*>(handle->data);
  if (--self->open_handles_ == 0) self->owner_->OnAcceptorClosed();
}

}  // namespace gudeg::transport
