// A connected, non-blocking stream socket on a libuv loop: readiness in,
// read and write calls out. It buffers nothing. TLS may stand between the
// socket and those calls; whoever reads and writes need not know.
#pragma once

#include <sys/types.h>
#include <sys/uio.h>
#include <uv.h>

#include <cstddef>
#include <memory>

#include "tls_channel.h"

namespace gudeg::transport {

class Stream {
 public:
  Stream(const Stream&) = delete;
  Stream& operator=(const Stream&) = delete;

  int fd() const noexcept { return fd_; }
  bool is_open() const noexcept { return fd_ >= 0; }
  // Null on plain sockets.
  const TlsChannel* tls() const noexcept { return tls_.get(); }

 protected:
  Stream() = default;
  virtual ~Stream() = default;

  // Takes the descriptor; 0 or a libuv error (the descriptor stays the
  // caller's then).
  int Open(uv_loop_t* loop, int fd) noexcept;
  // Begins the handshake; OnHandshakeDone() says how that went, and OnReady()
  // is silent until then. False when memory is out.
  bool StartTls(std::shared_ptr<TlsContext> context,
                const TlsPeer& peer) noexcept;
  // After OnContextWanted(): the handshake goes on.
  void ChooseTlsContext(std::shared_ptr<TlsContext> context) noexcept;
  // The handshake took too long: whatever comes of it now is of no use.
  void FailTls(TlsFailure::Kind kind) noexcept {
    tls_->FailWith(kind);
    in_handshake_ = false;
  }
  // Which readiness OnReady() is called for. Cheap when nothing changes.
  void SetInterest(bool readable, bool writable) noexcept;
  // Whether the socket alone keeps the loop alive; at first it does.
  void Hold(bool keep_loop_alive) noexcept;
  bool wants_read() const noexcept { return (interest_ & UV_READABLE) != 0; }
  // The least room that Read() should be given, where `size` would do.
  size_t ReadRoom(size_t size) const noexcept {
    return tls_ == nullptr || size > TlsChannel::kLeastReadBytes
               ? size
               : TlsChannel::kLeastReadBytes;
  }
  // Bytes read, 0 at the end of input, or a negative errno; -EAGAIN = later,
  // -EPROTO = a fault of the peer's TLS.
  ssize_t Read(void* data, size_t size) noexcept;
  // As Read(), before StartTls(): the bytes stay in the socket.
  ssize_t Peek(void* data, size_t size) noexcept;
  // Bytes written (0 when the socket is full) or a negative errno. The others
  // come first in the next call.
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
  // tls()->failure() says what is wrong where nothing was `established`; what
  // comes on the socket then is of no use, but it may be waited for.
  virtual void OnHandshakeDone(bool established) noexcept = 0;
  // The handshake waits for ChooseTlsContext(); only where the context asks.
  virtual void OnContextWanted() noexcept {}

 private:
  static void OnPoll(uv_poll_t* handle, int status, int events);
  void OnTlsPoll(bool readable, bool writable) noexcept;
  void StepHandshake() noexcept;
  void Poll() noexcept;
  static void OnHandleClosed(uv_handle_t* handle);

  uv_poll_t poll_{};
  std::unique_ptr<TlsChannel> tls_;
  int fd_ = -1;
  int interest_ = 0;  // as asked for
  int polled_ = 0;    // as told to libuv: TLS may want more
  bool in_handshake_ = false;
  bool resets_ = false;
  bool ends_output_ = false;  // once TLS has sent what it holds
};

}  // namespace gudeg::transport
