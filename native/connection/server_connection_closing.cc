// The end of a connection: in order, at once, or in the hands of another process.

#include "exchange.h"
#include "server.h"
#include "server_connection.h"

namespace gudeg::connection {

// Between two requests, or before the first one, with nothing of it read.
bool ServerConnection::is_idle() const noexcept {
  return (phase_ == Phase::kHead || phase_ == Phase::kProxyHeader) &&
         InputSize() == 0 && output_.empty() &&
         !(pending_ && pending_->partial);
}

void ServerConnection::HandOnIfIdle() noexcept {
  if (is_idle()) HandOn();
}

void ServerConnection::CloseIfIdle() noexcept {
  if (phase_ == Phase::kHandshake) {
    CloseNow(CloseReason::kServerClosed);
  } else if (phase_ == Phase::kAdmission || is_idle()) {
    if (HandOn()) return;
    // A full channel will have room again.
    if (server_->hand_on_fd() >= 0 && !stays_here_) return;
    close_reason_ = CloseReason::kServerClosed;
    BeginClose();
  } else if (phase_ == Phase::kWebSocket) {
    if (server_->closing()) FinishWebSocket(true);
  } else if (ends_connection()) {
    keep_alive_ = false;
  }
}

// Whether this connection ends with the request at hand because its server
// does, and nobody else can go on with it.
bool ServerConnection::ends_connection() const noexcept {
  return server_->ends_busy() && (server_->hand_on_fd() < 0 || stays_here_);
}

bool ServerConnection::HandOn() noexcept {
  const int channel = server_->hand_on_fd();
  if (channel < 0 || stays_here_ || input_ended_ || !is_idle()) return false;
  transport::HandOnFacts facts;
  facts.awaits_proxy_header = awaits_proxy_header_;
  if (announced_) facts.announced = *announced_;
  if (transport::SendDescriptor(channel, Stream::fd(), facts) != 0) {
    return false;
  }
  CloseNow(CloseReason::kHandedOn);
  return true;
}

void ServerConnection::Abort(CloseReason reason) noexcept {
  // A body that just ends could be taken for a whole one (RFC 9112 section 8).
  if (answering_) Reset();
  CloseNow(reason);
}

void ServerConnection::GiveUp() noexcept {
  // A refused answer has begun the end already.
  if (phase_ == Phase::kClosing || phase_ == Phase::kLinger) return;
  if ((answering_ && until_close_) || (pending_ && pending_->file)) {
    Abort(CloseReason::kAborted);
    return;
  }
  close_reason_ = CloseReason::kAborted;
  keep_alive_ = false;
  answering_ = false;
  BeginClose();
}

// Lets the output leave, then shuts our side and waits for the peer's.
void ServerConnection::BeginClose() noexcept {
  if (!is_open()) return;
  phase_ = Phase::kClosing;
  if (!Flush()) return;
  PauseOrResumeReading();
}

void ServerConnection::CloseNow(CloseReason reason) noexcept {
  if (phase_ == Phase::kClosed) return;
  phase_ = Phase::kClosed;
  exchange()->Forget(this);
  server_->wheel()->Disarm(this);
  pending_.reset();
  ReleaseInput();
  websocket_.reset();
  output_.Release(pool_);
  exchange()->Vacate(slot_);
  if (has_session_) {
    int32_t* event = exchange()->AddEvent(EventKind::kClosed, slot_);
    event[2] = static_cast<int32_t>(reason);
    exchange()->Wake();
  } else {
    exchange()->FreeSlot(slot_);
  }
  Close();
}

void ServerConnection::OnClosed() noexcept {
  server_->OnConnectionClosed();
  delete this;
}

}  // namespace gudeg::connection
