// What a connection keeps while it is a WebSocket.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "websocket_receiver.h"
#include "websocket_sender.h"

namespace gudeg::connection {

// Shared by the sockets of one gateway.
struct WebSocketConfig {
  engine::WebSocketLimits limits;
  DeflateEffort effort;
  uint32_t max_buffered_bytes = 1024 * 1024;
  uint32_t ping_interval_ms = 30000;  // 0 = none
  uint32_t idle_timeout_ms = 0;       // without a message; 0 = none
  uint32_t close_timeout_ms = 5000;
  bool answers_pings = true;
  bool closes_with_server = true;  // with 1001
};

struct ServerWebSocket {
  ServerWebSocket(const WebSocketConfig* config_given,
                  const DeflateParameters& deflate_given) noexcept
      : sender(engine::WebSocketRole::kServer, deflate_given,
               config_given->effort),
        config(config_given),
        deflate(deflate_given) {}

  // Only while something of a message is under way: sockets mostly wait.
  std::unique_ptr<WebSocketReceiver> receiver;
  WebSocketSender sender;
  const WebSocketConfig* config;
  uint64_t last_message_ms = 0;  // loop time
  // Of the last ping that came while the peer took nothing; RFC 6455 section
  // 5.5.3 asks for no more than that.
  std::unique_ptr<std::string> waiting_pong;
  // Frames in the exchange's broadcast(), behind the output.
  size_t shared_start = 0;
  size_t shared_end = 0;
  uint16_t end_code = 0;         // once peer_closed
  DeflateParameters deflate;
  bool heard = true;            // since the last tick
  bool pinged = false;          // and not heard since
  bool close_sent = false;
  bool peer_closed = false;     // or broke the protocol
  bool paused = false;          // JavaScript has enough
  bool holds = false;           // a message that JavaScript has to take
  bool tells_control = false;   // pings and pongs
};

}  // namespace gudeg::connection
