// What a connection does next: when its socket is ready, a turn ends, or time
// is up.

#include "server_connection.h"

#include <algorithm>

#include "exchange.h"
#include "server.h"

namespace gudeg::connection {

ServerConnection::ServerConnection(Server* server) noexcept
    : MessageStream(server->exchange()->arena(), server->exchange()->pool()),
      server_(server) {}

Exchange* ServerConnection::exchange() const noexcept {
  return server_->exchange();
}

PendingRequest* ServerConnection::pending() noexcept {
  if (!pending_) pending_ = std::make_unique<PendingRequest>();
  return pending_.get();
}

transport::SocketAddress ServerConnection::PeerAddress() const noexcept {
  return announced_ ? *announced_ : transport::SocketAddress::PeerOf(fd());
}

void ServerConnection::OnReady(bool readable, bool writable) noexcept {
  if (writable && is_open()) {
    if (!Flush()) return;
    FileTransfer* file = pending_ ? pending_->file.get() : nullptr;
    if (output_.empty() && file != nullptr && file->socket_full) {
      file->socket_full = false;
      PauseOrResumeReading();
      file->sender->Send(file->offset, file->left);
    }
    // Parsing stopped while the peer didn't read its answers.
    if (phase_ == Phase::kHead && output_.empty() && InputSize() != 0) {
      exchange()->Defer(this);
    }
  }
  if (readable && is_open()) OnReadable();
}

// What should be told to libuv now: reading stops while the application is
// behind, or the peer doesn't take its answers.
void ServerConnection::PauseOrResumeReading() noexcept {
  bool read = !input_ended_;
  const bool clogged =
      output_.size() > server_->options().output_high_water_bytes;
  switch (phase_) {
    case Phase::kHead:
      read = read && !clogged;
      break;
    case Phase::kRequest:
    case Phase::kRaw:
      read = read && InputSize() < server_->options().input_high_water_bytes;
      break;
    case Phase::kWebSocket:
      read = read && !websocket_->paused && !websocket_->holds &&
             !websocket_->peer_closed && InputSize() == 0;
      break;
    case Phase::kProxyHeader:
    case Phase::kDraining:
    case Phase::kLinger:
      break;
    case Phase::kHandshake:
    case Phase::kAdmission:
    case Phase::kClosing:
    case Phase::kClosed:
      read = false;
      break;
  }
  const bool file_waits =
      pending_ && pending_->file && pending_->file->socket_full;
  SetInterest(read, !output_.empty() || file_waits);
}

void ServerConnection::EndTurn() noexcept {
  if (!is_open()) return;
  if (phase_ == Phase::kRequest && in_arena_) {
    PendingRequest* keep = pending();
    const size_t field_bytes = field_count_ * sizeof(engine::FieldSlice);
    const uint8_t* arena = exchange()->memory().arena;
    keep->saved_head = std::make_unique<uint8_t[]>(field_bytes + head_bytes_);
    std::copy_n(arena + fields_offset_, field_bytes, keep->saved_head.get());
    std::copy_n(arena + head_offset_, head_bytes_,
                keep->saved_head.get() + field_bytes);
    keep->saved_head_bytes = head_bytes_;
    keep->saved_field_count = field_count_;
    in_arena_ = false;
  }
  if (view_size_ != 0 && !MoveViewToInput()) {
    CloseNow(CloseReason::kAborted);
    return;
  }
  if ((!output_.empty() || HasSharedFrames()) && !Flush()) return;
  // An idle WebSocket holds no buffers.
  if (phase_ == Phase::kWebSocket && InputSize() == 0) {
    pending_.reset();
    ReleaseInput();
  }
  PauseOrResumeReading();
}

void ServerConnection::Continue() noexcept {
  if (!is_open() || InputSize() == 0) return;
  if (phase_ == Phase::kHead) ParseHead();
  if (phase_ == Phase::kWebSocket) DecodeFrames();
}

void ServerConnection::OnTimeout() noexcept {
  if (!is_open()) return;
  // Nothing else may happen to a peer that doesn't read.
  if (!output_.empty() || (pending_ && pending_->file)) {
    // Nor may the part that it has look like the whole.
    Reset();
    CloseNow(CloseReason::kWriteTimeout);
    return;
  }
  switch (phase_) {
    case Phase::kProxyHeader:
      CloseNow(CloseReason::kHeadTimeout);
      break;
    case Phase::kHandshake:
      FailTls(transport::TlsFailure::Kind::kTimeout);
      OnHandshakeDone(false);
      break;
    case Phase::kAdmission:
    case Phase::kClosing:
    case Phase::kLinger:
      CloseNow(close_reason_);
      break;
    case Phase::kRaw:
      CloseNow(CloseReason::kIdleTimeout);
      break;
    case Phase::kWebSocket:
      OnWebSocketTimeout();
      break;
    case Phase::kHead:
      if (requests_ == 0 || (pending_ && pending_->partial)) {
        close_reason_ = CloseReason::kHeadTimeout;
        if (server_->options().hands_over_faults) {
          HandOver(engine::Fault::kNone);
        } else if (pending_ && pending_->partial) {
          RefuseWith(408, "the request head took too long\n");
        } else {
          CloseNow(CloseReason::kHeadTimeout);
        }
      } else {
        CloseNow(CloseReason::kKeepAliveTimeout);
      }
      break;
    case Phase::kRequest:
      if (!wants_readable_) break;  // the application takes its time
      close_reason_ = CloseReason::kBodyTimeout;
      if (server_->options().hands_over_faults && !answering_) {
        HandOver(engine::Fault::kNone);
      } else if (answering_) {
        CloseNow(CloseReason::kBodyTimeout);
      } else {
        RefuseWith(408, "the request body took too long\n");
      }
      break;
    case Phase::kDraining:
      close_reason_ = CloseReason::kBodyTimeout;
      BeginClose();
      break;
    case Phase::kClosed:
      break;
  }
}

bool ServerConnection::Flush() noexcept {
  if (HasSharedFrames() && !FlushSharedFrames()) return false;
  const size_t before = output_.size();
  while (!output_.empty()) {
    const iovec piece{const_cast<uint8_t*>(output_.data()), output_.size()};
    const ssize_t written = Stream::Write(&piece, 1);
    if (written < 0) {
      CloseNow(CloseReason::kPeerReset);
      return false;
    }
    if (written == 0) break;
    output_.Drop(static_cast<size_t>(written));
  }
  if (!output_.empty()) {
    if (output_.size() != before || !write_started_) {
      write_started_ = true;
      server_->wheel()->Arm(this, server_->options().write_timeout_ms);
    }
    PauseOrResumeReading();
    return true;
  }
  output_.Release(exchange()->pool());
  if (write_started_) {
    write_started_ = false;
    if (phase_ == Phase::kWebSocket) ArmWebSocket();
    PauseOrResumeReading();
  }
  if (wants_writable_) {
    wants_writable_ = false;
    exchange()->AddEvent(EventKind::kWritable, slot_);
  }
  if (phase_ == Phase::kHead && InputSize() == 0) {
    // The peer said it sends no more, and everything is answered.
    if (input_ended_) {
      CloseNow(CloseReason::kDone);
      return false;
    }
    if (server_->closing()) {
      if (HandOn()) return false;
      if (server_->ends_idle()) {
        close_reason_ = CloseReason::kServerClosed;
        BeginClose();
        return is_open();
      }
    }
    server_->wheel()->Arm(this, server_->options().keep_alive_timeout_ms);
  } else if (phase_ == Phase::kRaw) {
    return RawFlushed();
  } else if (phase_ == Phase::kWebSocket) {
    return WebSocketFlushed();
  } else if (phase_ == Phase::kClosing) {
    if (input_ended_) {
      CloseNow(close_reason_);
      return false;
    }
    phase_ = Phase::kLinger;
    ShutdownWrite();
    server_->wheel()->Arm(this, kLingerMs);
    PauseOrResumeReading();
  }
  return true;
}

}  // namespace gudeg::connection
