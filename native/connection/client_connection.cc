#include "client_connection.h"

#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>

#include "client_exchange.h"
#include "tls_records.h"

namespace gudeg::connection {

ClientConnection::ClientConnection(ClientExchange* exchange,
                                   const ClientOptions& options) noexcept
    : MessageStream(exchange->arena(), exchange->pool()),
      exchange_(exchange),
      options_(options) {}

ClientConnection::Pending* ClientConnection::pending() noexcept {
  if (!pending_) pending_ = std::make_unique<Pending>();
  return pending_.get();
}

int ClientConnection::Connect(
    const transport::SocketAddress& address) noexcept {
  const int fd =
      socket(address.family(), SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (fd < 0) return -errno;
  int status;
  do {
    status =
        connect(fd, reinterpret_cast<const sockaddr*>(&address.storage),
                address.length);
  } while (status != 0 && errno == EINTR);
  if (status != 0 && errno != EINPROGRESS) {
    const int error = -errno;
    close(fd);
    return error;
  }
  const bool connected = status == 0;
  status = Open(exchange_->loop(), fd);
  if (status != 0) {
    close(fd);
    return status;
  }
  slot_ = exchange_->TakeSlot(this);
  exchange_->wheel()->Arm(this, options_.connect_timeout_ms);
  if (connected) {
    OnConnectDone();
  } else {
    SetInterest(false, true);
  }
  return 0;
}

void ClientConnection::OnConnectDone() noexcept {
  int error = 0;
  socklen_t size = sizeof error;
  if (getsockopt(fd(), SOL_SOCKET, SO_ERROR, &error, &size) != 0) error = errno;
  if (error != 0) {
    CloseNow(ClientCloseReason::kConnectFailed, error);
    return;
  }
  if (options_.tls != nullptr) {
    if (!StartTls(options_.tls, options_.tls_peer)) {
      CloseNow(ClientCloseReason::kConnectFailed, ENOMEM);
    }
    return;
  }
  OnHandshakeDone(true);
}

void ClientConnection::OnHandshakeDone(bool established) noexcept {
  if (!established) {
    CloseNow(ClientCloseReason::kTlsFault, 0);
    return;
  }
  phase_ = Phase::kIdle;
  exchange_->AddEvent(ClientEventKind::kConnected, slot_);
  UpdateInterest();
}

void ClientConnection::OnReady(bool readable, bool writable) noexcept {
  if (phase_ == Phase::kConnecting) {
    OnConnectDone();
    return;
  }
  if (writable && is_open() && !Flush()) return;
  if (readable && is_open()) OnReadable();
}

// What libuv watches, and whether it keeps the loop alive for that: only while
// somebody waits for the outcome.
void ClientConnection::UpdateInterest() noexcept {
  if (!is_open()) return;
  const bool reads =
      !input_ended_ &&
      (phase_ != Phase::kBody || InputSize() < options_.input_high_water_bytes);
  SetInterest(reads, !output_.empty());
  Hold(phase_ == Phase::kConnecting || phase_ == Phase::kWaiting ||
       wants_readable_ || wants_writable_ || !output_.empty());
}

void ClientConnection::EndTurn() noexcept {
  if (!is_open()) return;
  if (view_size_ != 0 && !MoveViewToInput()) {
    CloseNow(ClientCloseReason::kPeerReset, ENOMEM);
    return;
  }
  UpdateInterest();
}

void ClientConnection::Continue() noexcept {
  if (phase_ == Phase::kWaiting && InputSize() != 0) ParseHeads();
}

void ClientConnection::OnTimeout() noexcept {
  switch (phase_) {
    case Phase::kConnecting:
      CloseNow(ClientCloseReason::kConnectTimeout, 0);
      break;
    case Phase::kWaiting:
      CloseNow(output_.empty() ? ClientCloseReason::kResponseTimeout
                               : ClientCloseReason::kWriteTimeout,
               0);
      break;
    case Phase::kBody:
      if (!output_.empty()) {
        CloseNow(ClientCloseReason::kWriteTimeout, 0);
      } else if (wants_readable_ && !tunnel_) {
        CloseNow(ClientCloseReason::kBodyTimeout, 0);
      }
      break;
    case Phase::kIdle:
    case Phase::kClosed:
      break;
  }
}

void ClientConnection::CloseNow(ClientCloseReason reason,
                                int32_t detail) noexcept {
  if (phase_ == Phase::kClosed) return;
  phase_ = Phase::kClosed;
  exchange_->Forget(this);
  exchange_->wheel()->Disarm(this);
  pending_.reset();
  ReleaseInput();
  output_.Release(pool_);
  exchange_->Vacate(slot_);
  int32_t* event = exchange_->AddEvent(ClientEventKind::kClosed, slot_);
  event[2] = static_cast<int32_t>(reason);
  event[3] = detail;
  event[4] = response_began_ ? 1 : 0;
  if (tls() != nullptr) WriteTlsFailure(tls()->failure(), event);
  Close();
}

void ClientConnection::OnClosed() noexcept {
  exchange_->OnConnectionClosed();
  delete this;
}

}  // namespace gudeg::connection
