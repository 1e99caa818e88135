// One listening server: its limits, its connections, its end.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "../engine/limits.h"
#include "../engine/proxy_header.h"
#include "../transport/acceptor.h"
#include "../transport/address_ranges.h"
#include "../transport/listening_socket.h"
#include "../transport/timeout_wheel.h"
#include "../transport/tls_context.h"
#include "exchange.h"
#include "request_meter.h"

namespace gudeg::connection {

struct ServerOptions {
  engine::Limits limits;
  uint32_t max_connections = 65536;
  uint32_t max_requests = 0;  // per connection; 0 = no limit
  uint32_t head_timeout_ms = 30000;
  uint32_t keep_alive_timeout_ms = 60000;
  uint32_t handshake_timeout_ms = 10000;  // of TLS
  uint32_t body_timeout_ms = 30000;      // without progress
  uint32_t request_timeout_ms = 300000;  // the whole body
  uint32_t write_timeout_ms = 30000;     // without progress
  uint32_t max_drain_bytes = 65536;      // of a body nobody read
  uint32_t output_high_water_bytes = 65536;
  uint32_t input_high_water_bytes = 65536;
  bool error_responses = true;
  bool date_header = true;
  bool has_on_connect = false;
  uint32_t accepts_per_turn = 128;
  bool hands_over_faults = false;  // kRefused comes with a raw connection
  bool tells_peer_end = false;     // kPeerEnded is sent
  bool sends_continue = true;      // 100 when an expecting body is read
  bool ends_busy_connections = true;  // behind their answer, after Close()
  // What each connection has to begin with, and from whom that is taken.
  engine::ProxyVersions proxy_versions = engine::ProxyVersions::kNone;
  std::shared_ptr<const transport::AddressRanges> proxies;
};

class Server final : public transport::Acceptor::Owner {
 public:
  Server(Exchange* exchange, int32_t id, const ServerOptions& options) noexcept;
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;
  ~Server() = default;

  // Takes a listening descriptor; 0 or a libuv error. An inherited socket's
  // file is not ours to remove.
  int Listen(int fd, bool inherited) noexcept;
  // Takes the receiving end of a channel: connections that other processes
  // hand on are served too. 0 or a libuv error.
  int ReceiveFrom(int fd) noexcept;
  transport::SocketAddress Address() const noexcept;

  // Stops accepting; idle connections are closed, and running requests end with
  // `connection: close`. A kServerClosed event follows when all are gone. With
  // `wait_for_idle`, connections that were promised to stay open may bring one
  // more request, until CloseIdleConnections().
  void Close(bool wait_for_idle) noexcept;
  // As Close(), but idle connections are sent through the channel and live on
  // in another process. Called again, it tries again with those that didn't
  // fit into it. Those that must stay here may bring one more request, until
  // CloseIdleConnections().
  void HandOn(int send_fd) noexcept;
  // Also ends the connections that are left, in the middle if need be.
  void CloseAllConnections(bool raw_ones_too = true) noexcept;
  void CloseIdleConnections() noexcept;
  void Ref(bool keep_loop_alive) noexcept { acceptor_.Ref(keep_loop_alive); }

  Exchange* exchange() const noexcept { return exchange_; }
  const ServerOptions& options() const noexcept { return options_; }
  // All but the limits, which messages that are half read rely on.
  void SetOptions(const ServerOptions& options) noexcept;
  // For connections from now on; null: they are plain.
  void SetTls(std::shared_ptr<transport::TlsContext> context) noexcept {
    tls_ = std::move(context);
  }
  const std::shared_ptr<transport::TlsContext>& tls() const noexcept {
    return tls_;
  }
  transport::TimeoutWheel* wheel() noexcept { return &wheel_; }
  int32_t id() const noexcept { return id_; }
  bool closing() const noexcept { return closing_; }
  // Whether it closes, and with it each connection behind its answer.
  bool ends_busy() const noexcept {
    return closing_ && options_.ends_busy_connections;
  }
  // Whether a connection that has nothing to do is closed at once.
  bool ends_idle() const noexcept {
    return ends_busy() && hand_on_fd_ < 0 && !waits_for_idle_;
  }
  int hand_on_fd() const noexcept { return hand_on_fd_; }
  void CountAnswer(int status) noexcept {
    const int kind = status / 100;
    if (kind >= 1 && kind <= 5) answers_[kind]++;
    if (meter_ != nullptr) meter_->CountStatus(status);
  }
  // Answers since the start whose status begins with `kind`, 1 to 5.
  uint64_t answers(int kind) const noexcept { return answers_[kind]; }
  // Counts statuses and durations from now on. False when out of memory.
  bool StartMeter() noexcept;
  // Null unless it was started.
  RequestMeter* meter() const noexcept { return meter_.get(); }
  uint64_t accepted() const noexcept { return accepted_; }
  // Requests that the application has and hasn't answered.
  uint32_t CountRunning() const noexcept;
  uint32_t connection_count() const noexcept { return connection_count_; }

  // Called by connections.
  void OnConnectionClosed() noexcept;

  // Set by the owner: everything native is closed, the server may be deleted.
  void (*on_closed)(Server* server, void* context) = nullptr;
  void* on_closed_context = nullptr;

 private:
  void OnAccept(int fd, const transport::HandOnFacts* handed_on) noexcept
      override;
  bool IsProxy(int fd) const noexcept;
  void OnAcceptBackoff(int error) noexcept override;
  void OnAcceptorClosed() noexcept override;
  static void OnWheelClosed(void* context);
  void StopAccepting() noexcept;
  void FinishClose() noexcept;

  Exchange* exchange_;
  int32_t id_;
  ServerOptions options_;
  std::shared_ptr<transport::TlsContext> tls_;
  transport::Acceptor acceptor_;
  transport::Acceptor receiver_;
  transport::TimeoutWheel wheel_;
  transport::SocketAddress address_;
  uint64_t socket_file_inode_ = 0;
  std::unique_ptr<RequestMeter> meter_;
  uint64_t answers_[6] = {};
  uint64_t accepted_ = 0;
  uint32_t connection_count_ = 0;
  int open_acceptors_ = 0;
  int hand_on_fd_ = -1;
  bool listening_ = false;
  bool closing_ = false;
  bool waits_for_idle_ = false;
  bool wheel_closing_ = false;
};

}  // namespace gudeg::connection
