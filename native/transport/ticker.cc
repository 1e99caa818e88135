#include "ticker.h"

#include <unistd.h>

#ifdef __linux__
#include <sys/timerfd.h>
#endif

namespace gudeg::transport {

namespace {

#ifdef __linux__
int OpenTimer() noexcept {
  return timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
}

void SetTimer(int fd, uint32_t ms) noexcept {
  const timespec interval{static_cast<time_t>(ms / 1000),
                          static_cast<long>(ms % 1000) * 1'000'000};
  const itimerspec setting{interval, interval};
  timerfd_settime(fd, 0, &setting, nullptr);
}
#else
int OpenTimer() noexcept { return -1; }
void SetTimer(int, uint32_t) noexcept {}
#endif

}  // namespace

const uv_handle_t* Ticker::handle() const noexcept {
  return fd_ >= 0 ? reinterpret_cast<const uv_handle_t*>(&poll_)
                  : reinterpret_cast<const uv_handle_t*>(&timer_);
}

uv_handle_t* Ticker::handle() noexcept {
  return fd_ >= 0 ? reinterpret_cast<uv_handle_t*>(&poll_)
                  : reinterpret_cast<uv_handle_t*>(&timer_);
}

void Ticker::Open(uv_loop_t* loop, uint32_t tick_ms, Owner* owner) noexcept {
  tick_ms_ = tick_ms;
  owner_ = owner;
  fd_ = OpenTimer();
  // Out of descriptors, a timer of the loop will do.
  if (fd_ >= 0 && uv_poll_init(loop, &poll_, fd_) != 0) {
    close(fd_);
    fd_ = -1;
  }
  if (fd_ < 0) uv_timer_init(loop, &timer_);
  handle()->data = this;
  uv_unref(handle());
}

void Ticker::Start() noexcept {
  if (ticks_) return;
  ticks_ = true;
  if (fd_ >= 0) {
    SetTimer(fd_, tick_ms_);
    uv_poll_start(&poll_, UV_READABLE, OnReadable);
  } else {
    uv_timer_start(&timer_, OnTimer, tick_ms_, tick_ms_);
  }
}

void Ticker::Stop() noexcept {
  if (!ticks_) return;
  ticks_ = false;
  if (fd_ >= 0) {
    SetTimer(fd_, 0);
    uv_poll_stop(&poll_);
  } else {
    uv_timer_stop(&timer_);
  }
}

void Ticker::Close() noexcept {
  uv_close(handle(), OnHandleClosed);
  if (fd_ >= 0) close(fd_);
}

void Ticker::OnReadable(uv_poll_t* poll, int, int) {
  auto* self = static_cast<Ticker*>(poll->data);
  uint64_t expirations;
  if (read(self->fd_, &expirations, sizeof expirations) > 0) {
    self->owner_->OnTick();
  }
}

void Ticker::OnTimer(uv_timer_t* timer) {
  static_cast<Ticker*>(timer->data)->owner_->OnTick();
}

void Ticker::OnHandleClosed(uv_handle_t* handle) {
  static_cast<Ticker*>(handle->data)->owner_->OnTickerClosed();
}

}  // namespace gudeg::transport
