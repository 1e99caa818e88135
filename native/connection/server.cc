#include "server.h"

#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <initializer_list>
#include <new>

#include "server_connection.h"

namespace gudeg::connection {

namespace {

// Fine enough for the shortest timeout, coarse enough to cost nothing.
uint32_t TickMs(const ServerOptions& options) noexcept {
  uint32_t shortest = 4000;
  for (const uint32_t timeout :
       {options.head_timeout_ms, options.keep_alive_timeout_ms,
        options.body_timeout_ms, options.request_timeout_ms,
        options.write_timeout_ms, options.handshake_timeout_ms}) {
    if (timeout != 0) shortest = std::min(shortest, timeout);
  }
  return std::max<uint32_t>(shortest / 8, 5);
}

}  // namespace

Server::Server(Exchange* exchange, int32_t id,
               const ServerOptions& options) noexcept
    : exchange_(exchange), id_(id), options_(options) {
  wheel_.Open(exchange->loop(), TickMs(options), this, OnWheelClosed);
}

void Server::SetOptions(const ServerOptions& options) noexcept {
  const engine::Limits limits = options_.limits;
  options_ = options;
  options_.limits = limits;
}

bool Server::StartMeter() noexcept {
  if (meter_ == nullptr) meter_.reset(new (std::nothrow) RequestMeter());
  return meter_ != nullptr;
}

int Server::Listen(int fd, bool inherited) noexcept {
  if (closing_ || listening_) return UV_EINVAL;
  const int status = acceptor_.Open(
      exchange_->loop(), fd, transport::Acceptor::Source::kListener,
      static_cast<int>(options_.accepts_per_turn), this);
  if (status != 0) return status;
  listening_ = true;
  open_acceptors_++;
  address_ = transport::SocketAddress::LocalOf(fd);
  if (!inherited) socket_file_inode_ = transport::SocketFileInode(address_);
  return 0;
}

int Server::ReceiveFrom(int fd) noexcept {
  if (closing_ || receiver_.fd() >= 0) return UV_EINVAL;
  const int status = receiver_.Open(
      exchange_->loop(), fd, transport::Acceptor::Source::kHandOnChannel,
      static_cast<int>(options_.accepts_per_turn), this);
  if (status == 0) open_acceptors_++;
  return status;
}

transport::SocketAddress Server::Address() const noexcept { return address_; }

bool Server::IsProxy(int fd) const noexcept {
  return options_.proxies != nullptr &&
         options_.proxies->Contains(transport::SocketAddress::PeerOf(fd));
}

void Server::OnAccept(int fd, const transport::HandOnFacts* handed_on) noexcept {
  if (options_.proxy_versions != engine::ProxyVersions::kNone &&
      handed_on == nullptr && !IsProxy(fd)) {
    int32_t* event = exchange_->AddEvent(EventKind::kRefused, -1);
    event[2] = static_cast<int32_t>(engine::Fault::kForeignProxy);
    event[kRequestServer] = id_;
    ::close(fd);
    return;
  }
  if (connection_count_ >= options_.max_connections) {
    exchange_->AddEvent(EventKind::kTooManyConnections, -1)[kRequestServer] =
        id_;
    if (options_.error_responses && tls_ == nullptr) {
      static constexpr char kAnswer[] =
          "HTTP/1.1 503 Service Unavailable\r\ncontent-type: text/plain\r\n"
          "content-length: 21\r\nconnection: close\r\n\r\n"
          "too many connections\n";
      // A fresh socket takes this whole, or the client is gone already.
      static_cast<void>(
          send(fd, kAnswer, sizeof kAnswer - 1, MSG_NOSIGNAL | MSG_DONTWAIT));
      shutdown(fd, SHUT_WR);
    }
    ::close(fd);
    return;
  }
  auto* connection = new (std::nothrow) ServerConnection(this);
  if (connection == nullptr || !connection->Accept(fd, handed_on)) {
    delete connection;
    ::close(fd);
    return;
  }
  connection_count_++;
  accepted_++;
}

void Server::OnAcceptBackoff(int error) noexcept {
  int32_t* event = exchange_->AddEvent(EventKind::kAcceptBackoff, -1);
  event[2] = error;
  event[kRequestServer] = id_;
}

void Server::CloseIdleConnections() noexcept {
  waits_for_idle_ = false;
  for (size_t slot = 0; slot < exchange_->slot_count(); slot++) {
    auto* connection = exchange_->At(static_cast<int32_t>(slot));
    if (connection != nullptr && connection->server() == this) {
      connection->CloseIfIdle();
    }
  }
}

void Server::CloseAllConnections(bool raw_ones_too) noexcept {
  for (size_t slot = 0; slot < exchange_->slot_count(); slot++) {
    auto* connection = exchange_->At(static_cast<int32_t>(slot));
    if (connection != nullptr && connection->server() == this &&
        (raw_ones_too || !connection->is_raw())) {
      connection->Abort(CloseReason::kServerClosed);
    }
  }
}

void Server::Close(bool wait_for_idle) noexcept {
  if (closing_) return;
  closing_ = true;
  StopAccepting();
  waits_for_idle_ = wait_for_idle;
  if (!wait_for_idle) CloseIdleConnections();
  FinishClose();
}

void Server::HandOn(int send_fd) noexcept {
  if (!closing_) {
    closing_ = true;
    hand_on_fd_ = send_fd;
    StopAccepting();
  }
  for (size_t slot = 0; slot < exchange_->slot_count(); slot++) {
    auto* connection = exchange_->At(static_cast<int32_t>(slot));
    if (connection != nullptr && connection->server() == this) {
      connection->HandOnIfIdle();
    }
  }
  FinishClose();
}

void Server::StopAccepting() noexcept {
  // Removed before the socket closes, so that a successor which starts now
  // never finds our file in its way.
  if (listening_) transport::RemoveSocketFile(address_, socket_file_inode_);
  acceptor_.Close();
  receiver_.Close();
}

uint32_t Server::CountRunning() const noexcept {
  uint32_t count = 0;
  for (size_t slot = 0; slot < exchange_->slot_count(); slot++) {
    const auto* connection = exchange_->At(static_cast<int32_t>(slot));
    if (connection != nullptr && connection->server() == this &&
        connection->is_running()) {
      count++;
    }
  }
  return count;
}

void Server::OnAcceptorClosed() noexcept {
  open_acceptors_--;
  FinishClose();
}

void Server::OnConnectionClosed() noexcept {
  connection_count_--;
  if (closing_) FinishClose();
}

void Server::FinishClose() noexcept {
  if (open_acceptors_ != 0 || connection_count_ != 0 || wheel_closing_) return;
  wheel_closing_ = true;
  wheel_.Close();
}

void Server::OnWheelClosed(void* context) {
  auto* self = static_cast<Server*>(context);
  self->exchange_->Wake();
  self->exchange_->AddEvent(EventKind::kServerClosed, -1)[kRequestServer] =
      self->id_;
  if (self->on_closed != nullptr) {
    self->on_closed(self, self->on_closed_context);
  }
}

}  // namespace gudeg::connection
