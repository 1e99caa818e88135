// Accepts connections on a libuv loop: new ones from a listening socket, or
// such as another process hands on.
#pragma once

#include <uv.h>

#include <cstdint>

#include "hand_on.h"

namespace gudeg::transport {

class Acceptor {
 public:
  class Owner {
   public:
    // Takes a non-blocking, close-on-exec socket. `handed_on`, or null: another
    // process has had it before.
    virtual void OnAccept(int fd, const HandOnFacts* handed_on) noexcept = 0;
    // Accepting is suspended for kBackoffMs: `error` is EMFILE, ENFILE,
    // ENOBUFS or ENOMEM.
    virtual void OnAcceptBackoff(int error) noexcept = 0;
    virtual void OnAcceptorClosed() noexcept = 0;

   protected:
    ~Owner() = default;
  };

  enum class Source : uint8_t { kListener, kHandOnChannel };

  static constexpr uint64_t kBackoffMs = 100;

  // Takes the descriptor; 0 or a libuv error (then the descriptor is kept by
  // the caller). `accepts_per_turn` is how many connections one loop turn takes
  // at most, so that accepting never starves reading.
  int Open(uv_loop_t* loop, int fd, Source source, int accepts_per_turn,
           Owner* owner) noexcept;
  // Closes the descriptor and answers with OnAcceptorClosed().
  void Close() noexcept;
  void Ref(bool keep_loop_alive) noexcept;
  int fd() const noexcept { return fd_; }

 private:
  static void OnReadable(uv_poll_t* handle, int status, int events);
  static void OnBackoffOver(uv_timer_t* timer);
  static void OnHandleClosed(uv_handle_t* handle);
  int Next(HandOnFacts* facts) noexcept;
  void Suspend(int error) noexcept;

  Owner* owner_ = nullptr;
  uv_poll_t poll_{};
  uv_timer_t timer_{};
  int fd_ = -1;
  int open_handles_ = 0;
  int accepts_per_turn_ = 1;
  Source source_ = Source::kListener;
};

}  // namespace gudeg::transport
