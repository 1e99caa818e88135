// The times of a connection that is a WebSocket: pings to silent peers, idle
// ones, and closing handshakes that take too long.

#include "exchange.h"
#include "server.h"
#include "server_connection.h"
#include "server_websocket.h"

namespace gudeg::connection {

using engine::WebSocketOpcode;

namespace {
constexpr uint16_t kGoingAway = 1001;
}  // namespace

void ServerConnection::ArmWebSocket() noexcept {
  const WebSocketConfig& config = *websocket_->config;
  const uint32_t ping = config.ping_interval_ms;
  const uint32_t idle = config.idle_timeout_ms;
  uint32_t wait = ping == 0 || (idle != 0 && idle < ping) ? idle : ping;
  if (websocket_->close_sent || websocket_->peer_closed) {
    // Earlier than what was armed before, maybe.
    server_->wheel()->Disarm(this);
    wait = config.close_timeout_ms;
  }
  server_->wheel()->Arm(this, wait);
}

void ServerConnection::OnWebSocketTimeout() noexcept {
  ServerWebSocket& socket = *websocket_;
  const WebSocketConfig& config = *socket.config;
  if (socket.close_sent) {
    CloseNow(CloseReason::kIdleTimeout);
    return;
  }
  if (socket.peer_closed) {
    CloseWebSocket(socket.end_code, {});
    return;
  }
  const uint64_t silence =
      uv_now(exchange()->loop()) - socket.last_message_ms;
  if (config.idle_timeout_ms != 0 && silence >= config.idle_timeout_ms) {
    CloseWebSocket(kGoingAway, "idle");
    return;
  }
  if (config.ping_interval_ms != 0) {
    if (socket.heard || socket.paused || socket.holds) {
      socket.pinged = false;
    } else if (socket.pinged) {
      CloseNow(CloseReason::kIdleTimeout);
      return;
    } else {
      socket.pinged = true;
      if (!AppendFrame(WebSocketOpcode::kPing, nullptr, 0, false) || !Flush()) {
        return;
      }
    }
  }
  socket.heard = false;
  ArmWebSocket();
}

}  // namespace gudeg::connection
