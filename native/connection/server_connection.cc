#include "server_connection.h"

#include <algorithm>
#include <cerrno>

#include "exchange.h"
#include "server.h"
#include "tls_records.h"

namespace gudeg::connection {

namespace {
// How long a closed connection's input is dropped, so that a reset doesn't
// overtake the answer (RFC 9112 section 9.6), and how much of it.
constexpr uint32_t kLingerMs = 2000;
}  // namespace

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

bool ServerConnection::Accept(int fd,
                              const transport::HandOnFacts* handed_on) noexcept {
  if (Open(exchange()->loop(), fd) != 0) return false;
  slot_ = exchange()->TakeSlot(this);
  awaits_proxy_header_ =
      server_->options().proxy_versions != engine::ProxyVersions::kNone;
  if (handed_on != nullptr) {
    awaits_proxy_header_ = handed_on->awaits_proxy_header;
    // A connection that was handed on waits between two requests.
    if (!awaits_proxy_header_) requests_ = 1;
    if (handed_on->announced.length != 0) {
      announced_ = std::make_unique<const transport::SocketAddress>(
          handed_on->announced);
    }
  }
  if (server_->tls() != nullptr) [[unlikely]] {
    return awaits_proxy_header_ ? AwaitProxyHeader() : StartHandshake();
  }
  Greet();
  return true;
}

// There is a connection that HTTP can be spoken on.
void ServerConnection::Greet() noexcept {
  server_->wheel()->Arm(this, requests_ != 0
                                  ? server_->options().keep_alive_timeout_ms
                                  : server_->options().head_timeout_ms);
  // Who is there has to be known before somebody decides about it.
  if (server_->options().has_on_connect && !awaits_proxy_header_) {
    AskForAdmission();
  } else {
    phase_ = Phase::kHead;
    SetInterest(true, false);
  }
}

bool ServerConnection::AwaitProxyHeader() noexcept {
  phase_ = Phase::kProxyHeader;
  server_->wheel()->Arm(this, server_->options().handshake_timeout_ms);
  SetInterest(true, false);
  return true;
}

bool ServerConnection::StartHandshake() noexcept {
  phase_ = Phase::kHandshake;
  // Its keys live in this process alone.
  stays_here_ = true;
  // A client that fails may be gone when somebody asks who it was.
  if (!announced_) {
    announced_ = std::make_unique<const transport::SocketAddress>(
        transport::SocketAddress::PeerOf(fd()));
  }
  server_->wheel()->Arm(this, server_->options().handshake_timeout_ms);
  if (!StartTls(server_->tls(), {})) CloseNow(CloseReason::kAborted);
  return true;
}

void ServerConnection::OnHandshakeDone(bool established) noexcept {
  if (established) {
    Greet();
    return;
  }
  const transport::TlsFailure& failure = tls()->failure();
  int32_t* event = exchange()->AddEvent(EventKind::kTlsFailed, slot_);
  WriteTlsFailure(failure, event);
  event[kRequestServer] = server_->id();
  exchange()->Wake();
  close_reason_ = CloseReason::kTlsFault;
  // As behind an answer: a reset must not overtake the alert.
  phase_ = Phase::kLinger;
  ShutdownWrite();
  server_->wheel()->Arm(this, kLingerMs);
  SetInterest(true, false);
}

void ServerConnection::OnContextWanted() noexcept {
  // Its end has to be told: another connection may get the slot.
  has_session_ = true;
  exchange()->AddEvent(EventKind::kTlsContextWanted, slot_)[kRequestServer] =
      server_->id();
  exchange()->Wake();
}

void ServerConnection::ChooseContext(
    std::shared_ptr<transport::TlsContext> context) noexcept {
  if (phase_ != Phase::kHandshake) return;
  ChooseTlsContext(std::move(context));
  exchange()->Wake();
}

void ServerConnection::AskForAdmission() noexcept {
  phase_ = Phase::kAdmission;
  has_session_ = true;
  exchange()->AddEvent(EventKind::kOpened, slot_)[kRequestServer] =
      server_->id();
}

transport::SocketAddress ServerConnection::PeerAddress() const noexcept {
  return announced_ ? *announced_ : transport::SocketAddress::PeerOf(fd());
}

void ServerConnection::Admit(bool admitted) noexcept {
  if (phase_ != Phase::kAdmission) return;
  if (!admitted) {
    CloseNow(CloseReason::kAborted);
    return;
  }
  phase_ = Phase::kHead;
  // Behind a PROXY header the request may be here already.
  if (InputSize() != 0) exchange()->Defer(this);
  SetInterest(true, false);
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
