// The sending half of a connection that is a WebSocket: its own frames, and those
// that it shares with others.

#include <algorithm>

#include "exchange.h"
#include "server.h"
#include "server_connection.h"
#include "server_websocket.h"

namespace gudeg::connection {

using engine::WebSocketOpcode;

namespace {
constexpr uint16_t kPolicyViolation = 1008;
}  // namespace

// The frame behind which nothing may follow.
bool ServerConnection::AppendClose(uint16_t code,
                                   std::string_view reason) noexcept {
  websocket_->close_sent = true;
  if (KeepSharedFrames(0) &&
      websocket_->sender.AppendClose(
          code, reinterpret_cast<const uint8_t*>(reason.data()), reason.size(),
          exchange()->workspace(), &output_, exchange()->pool())) {
    return true;
  }
  CloseNow(CloseReason::kAborted);
  return false;
}

bool ServerConnection::AppendFrame(WebSocketOpcode opcode, const uint8_t* data,
                                   size_t size, bool compress) noexcept {
  if (KeepSharedFrames(0) &&
      websocket_->sender.Append(opcode, data, size, compress,
                                exchange()->workspace(), &output_,
                                exchange()->pool())) {
    exchange()->Touch(this);
    return true;
  }
  CloseNow(CloseReason::kAborted);
  return false;
}

// A message that lies in an answer record.
void ServerConnection::SendRecord(const int32_t* answer) noexcept {
  if (websocket_->close_sent) return;
  const int32_t flags = answer[kAnswerStatus];
  const uint8_t* bytes =
      exchange()->memory().answer_bytes + answer[kAnswerBytes];
  AppendFrame(static_cast<WebSocketOpcode>(flags & 0xf), bytes,
              static_cast<size_t>(answer[kAnswerBodyLength]),
              (flags & kAnswerCompress) != 0);
}

bool ServerConnection::SendMessage(WebSocketOpcode opcode, const uint8_t* data,
                                   size_t size, bool compress) noexcept {
  if (phase_ != Phase::kWebSocket || websocket_->close_sent) return false;
  if (compress && websocket_->sender.deflates()) {
    return AppendFrame(opcode, data, size, true);
  }
  if (!KeepSharedFrames(0) ||
      !WebSocketSender::AppendHead(opcode, size, &output_,
                                   exchange()->pool())) {
    CloseNow(CloseReason::kAborted);
    return false;
  }
  exchange()->Touch(this);
  return Send(data, size);
}

void ServerConnection::ShareFrame(size_t start, size_t end) noexcept {
  if (phase_ != Phase::kWebSocket || websocket_->close_sent) return;
  ServerWebSocket& socket = *websocket_;
  if (output_.size() > socket.config->max_buffered_bytes) {
    CloseWebSocket(kPolicyViolation, "too slow");
    return;
  }
  if (socket.shared_end != start && !KeepSharedFrames(0)) {
    CloseNow(CloseReason::kAborted);
    return;
  }
  if (!HasSharedFrames()) {
    socket.shared_start = start;
    exchange()->AddSharer();
  }
  socket.shared_end = end;
  exchange()->Touch(this);
}

// Shared frames become output of this connection alone, but for the first
// `sent` bytes.
bool ServerConnection::KeepSharedFrames(size_t sent) noexcept {
  if (!HasSharedFrames()) return true;
  const size_t start = websocket_->shared_start + sent;
  const size_t size = websocket_->shared_end - start;
  websocket_->shared_start = websocket_->shared_end = 0;
  return output_.Append(exchange()->broadcast()->data() + start, size,
                        exchange()->pool());
}

std::span<const uint8_t> ServerConnection::FramesToShare() const noexcept {
  if (!is_open() || !HasSharedFrames() || !output_.empty() || tls() != nullptr) {
    return {};
  }
  return {exchange()->broadcast()->data() + websocket_->shared_start,
          websocket_->shared_end - websocket_->shared_start};
}

void ServerConnection::SharedSent(size_t sent) noexcept {
  if (!KeepSharedFrames(sent)) CloseNow(CloseReason::kAborted);
}

// Writes the output and, without copying them, the shared frames behind it.
bool ServerConnection::FlushSharedFrames() noexcept {
  uint8_t* shared = exchange()->broadcast()->data() + websocket_->shared_start;
  const size_t size = websocket_->shared_end - websocket_->shared_start;
  const bool has_output = !output_.empty();
  const iovec pieces[2] = {
      {const_cast<uint8_t*>(output_.data()), output_.size()}, {shared, size}};
  const ssize_t written = Stream::Write(has_output ? pieces : pieces + 1,
                                        has_output ? 2 : 1);
  if (written < 0) {
    CloseNow(CloseReason::kPeerReset);
    return false;
  }
  const auto total = static_cast<size_t>(written);
  const size_t from_output = std::min(total, output_.size());
  output_.Drop(from_output);
  if (KeepSharedFrames(total - from_output)) return true;
  CloseNow(CloseReason::kAborted);
  return false;
}

int64_t ServerConnection::BufferedBytes() noexcept {
  if (phase_ != Phase::kWebSocket) return -1;
  const size_t high_water = server_->options().output_high_water_bytes;
  if (output_.size() > high_water && !Flush()) return -1;
  if (output_.size() > high_water) wants_writable_ = true;
  return static_cast<int64_t>(output_.size());
}

// The peer has taken everything.
bool ServerConnection::WebSocketFlushed() noexcept {
  ServerWebSocket& socket = *websocket_;
  if (socket.close_sent || !socket.waiting_pong) return true;
  const std::string pong = std::move(*socket.waiting_pong);
  socket.waiting_pong.reset();
  if (!AppendFrame(WebSocketOpcode::kPong,
                   reinterpret_cast<const uint8_t*>(pong.data()), pong.size(),
                   false)) {
    return false;
  }
  return Flush();
}

}  // namespace gudeg::connection
