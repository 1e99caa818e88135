// Accepts connections from a listening socket on a libuv loop.
#pragma once

#include <uv.h>

#include <cstdint>

namespace gudeg::transport {

class Acceptor {
 public:
  class Owner {
   public:
    // Takes a non-blocking, close-on-exec socket.
    virtual void OnAccept(int fd) noexcept = 0;
    // Accepting is suspended for kBackoffMs: `error` is EMFILE, ENFILE,
    // ENOBUFS or ENOMEM.
    virtual void OnAcceptBackoff(int error) noexcept = 0;
    virtual void OnAcceptorClosed() noexcept = 0;

   protected:
    ~Owner() = default;
  };

  static constexpr uint64_t kBackoffMs = 100;
  // Connections taken per loop turn, so that accepting never starves reading.
  static constexpr int kAcceptsPerTurn = 128;

  // Takes the descriptor; 0 or a libuv error (then the descriptor is kept by
  // the caller).
  int Open(uv_loop_t* loop, int fd, Owner* owner) noexcept;
  // Closes the descriptor and answers with OnAcceptorClosed().
  void Close() noexcept;
  void Ref(bool keep_loop_alive) noexcept;
  int fd() const noexcept { return fd_; }

 private:
  static void OnReadable(uv_poll_t* handle, int status, int events);
  static void OnBackoffOver(uv_timer_t* timer);
  static void OnHandleClosed(uv_handle_t* handle);
  void Suspend(int error) noexcept;

  Owner* owner_ = nullptr;
  uv_poll_t poll_{};
  uv_timer_t timer_{};
  int fd_ = -1;
  int open_handles_ = 0;
};

}  // namespace gudeg::transport
