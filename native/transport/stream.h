// A connected, non-blocking stream socket on a libuv loop: readiness in,
// read and write calls out. It buffers nothing.
#pragma once

#include <sys/types.h>
#include <sys/uio.h>
#include <uv.h>

#include <cstddef>

namespace gudeg::transport {

class Stream {
 public:
  Stream(const Stream&) = delete;
  Stream& operator=(const Stream&) = delete;

  int fd() const noexcept { return fd_; }
  bool is_open() const noexcept { return fd_ >= 0; }

 protected:
  Stream() = default;
  virtual ~Stream() = default;

  // Takes the descriptor; 0 or a libuv error (the descriptor stays the
  // caller's then).
  int Open(uv_loop_t* loop, int fd) noexcept;
  // Which readiness OnReady() is called for. Cheap when nothing changes.
  void SetInterest(bool readable, bool writable) noexcept;
  // Whether the socket alone keeps the loop alive; at first it does.
  void Hold(bool keep_loop_alive) noexcept;
  bool wants_read() const noexcept { return (interest_ & UV_READABLE) != 0; }
  // Bytes read, 0 at the end of input, or a negative errno; -EAGAIN = later.
  ssize_t Read(void* data, size_t size) noexcept;
  // Bytes written (0 when the socket is full) or a negative errno.
  ssize_t Write(const iovec* pieces, int count) noexcept;
  // No more output; input goes on.
  void ShutdownWrite() noexcept;
  // Closes the descriptor at once; OnClosed() follows in a later turn and may
  // delete this.
  void Close() noexcept;
  // Closes with RST, telling the peer that the message is cut off.
  void Reset() noexcept;

  virtual void OnReady(bool readable, bool writable) noexcept = 0;
  virtual void OnClosed() noexcept = 0;

 private:
  static void OnPoll(uv_poll_t* handle, int status, int events);
  static void OnHandleClosed(uv_handle_t* handle);

  uv_poll_t poll_{};
  int fd_ = -1;
  int interest_ = 0;
};

}  // namespace gudeg::transport
