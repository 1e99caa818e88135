// A connected stream socket whose calls block their thread, up to a timeout.
// TLS may stand between the socket and Send() and Receive().
#pragma once

#include <sys/types.h>
#include <sys/uio.h>

#include <cstddef>
#include <cstdint>
#include <memory>

#include "socket_address.h"
#include "tls_channel.h"

namespace gudeg::transport {

class BlockingSocket {
 public:
  BlockingSocket() = default;
  BlockingSocket(const BlockingSocket&) = delete;
  BlockingSocket& operator=(const BlockingSocket&) = delete;
  ~BlockingSocket() { Close(); }

  // 0 or a negative errno; -ETIMEDOUT after `timeout_ms`, 0 = no limit.
  int Connect(const SocketAddress& address, uint32_t timeout_ms) noexcept;
  // The handshake, whole until `deadline_ms` of MonotonicMs(), 0 = no limit:
  // whether it came about. Where it didn't, tls()->failure() says why; tls() is
  // null when memory is out.
  bool StartTls(std::shared_ptr<TlsContext> context, const TlsPeer& peer,
                uint64_t deadline_ms) noexcept;
  // Null on plain sockets.
  const TlsChannel* tls() const noexcept { return tls_.get(); }
  void Close() noexcept;
  bool is_open() const noexcept { return fd_ >= 0; }

  // How long one call below may take. 0 = no limit.
  void SetSendTimeout(uint32_t ms) noexcept;
  void SetReceiveTimeout(uint32_t ms) noexcept;

  // Bytes sent, or a negative errno; -EAGAIN when the time is over.
  ssize_t Send(const iovec* pieces, int count) noexcept;
  // Bytes received, 0 at the end of input, or a negative errno; -EAGAIN when
  // the time is over.
  ssize_t Receive(void* data, size_t size) noexcept;

 private:
  TlsChannel::Step Handshake(uint64_t deadline_ms) noexcept;

  std::unique_ptr<TlsChannel> tls_;
  int fd_ = -1;
  uint32_t receive_timeout_ms_ = 0;
};

}  // namespace gudeg::transport
