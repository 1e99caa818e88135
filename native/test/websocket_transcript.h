// What a decoder found, as text: the same for the same bytes however they are
// cut. One line for each message, control frame or fault: "text abc",
// "binary xy", "ping x", "pong ", "close 1000 bye", "fault UnmaskedFrame".
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "websocket_decoder.h"

namespace gudeg::test {

// Feeds pieces to a decoder and collects what it found, one line each.
class WebSocketTranscript {
 public:
  explicit WebSocketTranscript(
      engine::WebSocketRole role = engine::WebSocketRole::kServer,
      const engine::WebSocketLimits& limits = {}, bool deflate = false)
      : decoder_(role, limits, deflate) {}

  // False once nothing may follow.
  bool Feed(std::string_view bytes);
  const std::string& text() const { return text_; }
  // What has come of a message that is not complete.
  const std::string& partial() const { return message_; }

 private:
  engine::WebSocketDecoder decoder_;
  std::string text_;
  std::string message_;
};

// A frame as a peer may send it, right or wrong.
struct TestFrame {
  uint8_t first = 0x81;  // FIN, RSV bits, opcode
  std::string payload;
  bool masked = true;
  int length_bytes = 0;  // 2 or 8: a length form that is longer than needed
};
std::string Frame(const TestFrame& frame);
inline std::string Frame(uint8_t first, std::string_view payload) {
  return Frame({first, std::string(payload)});
}

}  // namespace gudeg::test
