// A steady tick on a libuv loop that does not keep the loop alive.
//
// On Linux it is a timerfd. A libuv timer would give every epoll_wait(2) a
// timeout, and the kernel would set a clock for each wait of a loop that
// otherwise has no timers: measurable where one connection keeps it busy.
#pragma once

#include <uv.h>

#include <cstdint>

namespace gudeg::transport {

class Ticker {
 public:
  class Owner {
   public:
    virtual void OnTick() noexcept = 0;
    virtual void OnTickerClosed() noexcept = 0;

   protected:
    ~Owner() = default;
  };

  Ticker() noexcept : timer_{} {}

  void Open(uv_loop_t* loop, uint32_t tick_ms, Owner* owner) noexcept;
  void Start() noexcept;
  void Stop() noexcept;
  // Answers with OnTickerClosed().
  void Close() noexcept;
  uint64_t now_ms() const noexcept { return uv_now(handle()->loop); }

 private:
  const uv_handle_t* handle() const noexcept;
  uv_handle_t* handle() noexcept;
  static void OnReadable(uv_poll_t* poll, int status, int events);
  static void OnTimer(uv_timer_t* timer);
  static void OnHandleClosed(uv_handle_t* handle);

  union {
    uv_poll_t poll_;
    uv_timer_t timer_;  // where there is no timerfd
  };
  int fd_ = -1;
  uint32_t tick_ms_ = 0;
  bool ticks_ = false;
  Owner* owner_ = nullptr;
};

}  // namespace gudeg::transport
