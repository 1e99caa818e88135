// From the accepted socket to the first request: handshake and admission.

#include "exchange.h"
#include "server.h"
#include "server_connection.h"
#include "tls_records.h"

namespace gudeg::connection {

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

}  // namespace gudeg::connection
