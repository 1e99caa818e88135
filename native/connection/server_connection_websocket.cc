// A connection that is a WebSocket: frames in, messages out; messages in,
// frames out. Control frames and the closing handshake stay here.

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "exchange.h"
#include "server.h"
#include "server_connection.h"
#include "server_websocket.h"

namespace gudeg::connection {

using engine::WebSocketFault;
using engine::WebSocketOpcode;
using Step = WebSocketReceiver::Step;

namespace {
// Tiny messages that one connection hands over before others get their turn.
constexpr int kMessagesPerTurn = 512;
constexpr uint16_t kGoingAway = 1001;
constexpr uint16_t kNormal = 1000;
constexpr uint16_t kPolicyViolation = 1008;
}  // namespace

bool ServerConnection::OpenWebSocket(const WebSocketConfig* config,
                                     const DeflateParameters& deflate,
                                     const uint8_t* head,
                                     size_t head_bytes) noexcept {
  if (phase_ != Phase::kRaw || output_ended_) return false;
  if (head_bytes != 0 && !PutBack(head, head_bytes)) return false;
  websocket_ = std::make_unique<ServerWebSocket>(config, deflate);
  websocket_->last_message_ms = uv_now(exchange()->loop());
  phase_ = Phase::kWebSocket;
  ArmWebSocket();
  if (InputSize() != 0) exchange()->Defer(this);
  exchange()->Touch(this);
  return true;
}

void ServerConnection::ReadFrames() noexcept {
  uint8_t* room = exchange()->ReserveInput(0);
  // The arena is full of this turn's messages: the socket stays readable.
  if (room == nullptr) return;
  const ssize_t count = Read(room, kReadBytes);
  if (count == -EAGAIN || count == -EWOULDBLOCK) return;
  if (count <= 0) {
    CloseNow(count == 0 ? CloseReason::kPeerClosed : CloseReason::kPeerReset);
    return;
  }
  view_offset_ = exchange()->OffsetOf(room);
  view_size_ = static_cast<uint32_t>(count);
  exchange()->CommitInput(static_cast<size_t>(count));
  exchange()->Touch(this);
  websocket_->heard = true;
  DecodeFrames();
}

uint8_t* ServerConnection::MutableInput() noexcept {
  if (view_size_ != 0) return exchange()->memory().arena + view_offset_;
  return pending_ ? pending_->input.data() : nullptr;
}

void ServerConnection::DecodeFrames() noexcept {
  ServerWebSocket& socket = *websocket_;
  exchange()->Touch(this);
  for (int i = 0; phase_ == Phase::kWebSocket; i++) {
    if (socket.paused || socket.holds) return;
    if (i == kMessagesPerTurn) {
      exchange()->Defer(this);
      return;
    }
    const auto result = socket.receiver.Next(MutableInput(), InputSize(),
                                             exchange()->workspace());
    // What it found may lie in the input, whose place doesn't change yet.
    DropInput(result.consumed);
    switch (result.step) {
      case Step::kNeedMore:
        return;
      case Step::kMessage:
        socket.last_message_ms = uv_now(exchange()->loop());
        if (!GiveMessage(result)) return;
        break;
      case Step::kPing:
      case Step::kPong:
        OnControlFrame(result.step == Step::kPing ? WebSocketOpcode::kPing
                                                  : WebSocketOpcode::kPong,
                       result.data, result.size);
        break;
      case Step::kClose:
        EndWebSocket(result.code, WebSocketFault::kNone, result.data,
                     result.size);
        return;
      case Step::kFault:
        EndWebSocket(engine::Describe(result.fault).close_code, result.fault,
                     nullptr, 0);
        return;
    }
  }
}

// Puts bytes that JavaScript will read this turn into the arena; -1 when there
// is no room.
int64_t ServerConnection::ShowInArena(const uint8_t* data,
                                      size_t size) noexcept {
  const SharedMemory& memory = exchange()->memory();
  if (size == 0) return 0;
  if (data >= memory.arena && data < memory.arena + memory.arena_bytes) {
    return exchange()->OffsetOf(data);
  }
  uint8_t* room = size > kReadBytes ? nullptr : exchange()->ReserveInput(0);
  if (room == nullptr) return -1;
  memcpy(room, data, size);
  exchange()->CommitInput(size);
  return exchange()->OffsetOf(room);
}

// Tells JavaScript of a message. False when memory is out.
bool ServerConnection::GiveMessage(
    const WebSocketReceiver::Result& message) noexcept {
  const int64_t offset = ShowInArena(message.data, message.size);
  if (offset < 0) {
    websocket_->holds = true;
    if (!websocket_->receiver.Hold(message)) {
      CloseNow(CloseReason::kAborted);
      return false;
    }
  }
  exchange()->workspace()->TrimScratch();
  int32_t flags = 0;
  if (message.is_text) flags |= kMessageText;
  if (message.is_ascii) flags |= kMessageAscii;
  if (offset < 0) flags |= kMessageHeld;
  int32_t* event = exchange()->AddEvent(EventKind::kMessage, slot_);
  event[kMessageFlags] = flags;
  event[kMessageOffset] = static_cast<int32_t>(std::max<int64_t>(offset, 0));
  event[kMessageLength] = static_cast<int32_t>(message.size);
  return true;
}

void ServerConnection::OnControlFrame(WebSocketOpcode opcode,
                                      const uint8_t* data,
                                      size_t size) noexcept {
  ServerWebSocket& socket = *websocket_;
  if (opcode == WebSocketOpcode::kPing && socket.config->answers_pings &&
      !socket.close_sent) {
    if (output_.size() > server_->options().output_high_water_bytes) {
      socket.pong.assign(reinterpret_cast<const char*>(data), size);
      socket.pong_waits = true;
    } else {
      AppendFrame(WebSocketOpcode::kPong, data, size, false);
    }
  }
  if (phase_ != Phase::kWebSocket || !socket.tells_control) return;
  const int64_t offset = ShowInArena(data, size);
  if (offset < 0) return;  // it was answered, that must do
  int32_t* event = exchange()->AddEvent(EventKind::kControlFrame, slot_);
  event[kMessageFlags] = static_cast<int32_t>(opcode);
  event[kMessageOffset] = static_cast<int32_t>(offset);
  event[kMessageLength] = static_cast<int32_t>(size);
}

// The peer's close frame, or its fault. JavaScript may still answer messages
// that came before, then it closes too; there is a limit of time for that.
void ServerConnection::EndWebSocket(uint16_t code, WebSocketFault fault,
                                    const uint8_t* reason,
                                    size_t size) noexcept {
  const int64_t offset = ShowInArena(reason, size);
  int32_t* event = exchange()->AddEvent(EventKind::kWebSocketEnd, slot_);
  event[kMessageFlags] = static_cast<int32_t>(fault) << 16 | code;
  event[kMessageOffset] = static_cast<int32_t>(std::max<int64_t>(offset, 0));
  event[kMessageLength] = offset < 0 ? 0 : static_cast<int32_t>(size);
  exchange()->Wake();
  close_reason_ = fault == WebSocketFault::kNone ? CloseReason::kDone
                                                 : CloseReason::kProtocolFault;
  keep_alive_ = false;
  view_size_ = 0;
  pending_.reset();
  websocket_->peer_closed = true;
  websocket_->end_code = code;
  if (websocket_->close_sent) {
    BeginClose();
  } else {
    ArmWebSocket();
    PauseOrResumeReading();
  }
}

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
  if (!HasSharedFrames()) socket.shared_start = start;
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

bool ServerConnection::CloseWebSocket(uint16_t code,
                                      std::string_view reason) noexcept {
  if (phase_ != Phase::kWebSocket || websocket_->close_sent) return false;
  ServerWebSocket& socket = *websocket_;
  if (!AppendClose(code, reason)) return false;
  if (socket.peer_closed) {
    BeginClose();
    return true;
  }
  // The peer's answer lies behind what JavaScript had no room for.
  socket.paused = false;
  if (InputSize() != 0) exchange()->Defer(this);
  ArmWebSocket();
  if (!Flush()) return false;
  exchange()->Touch(this);
  return true;
}

void ServerConnection::PauseFrames(bool paused) noexcept {
  if (phase_ != Phase::kWebSocket || websocket_->close_sent) return;
  websocket_->paused = paused;
  if (!paused && InputSize() != 0) exchange()->Defer(this);
  exchange()->Touch(this);
}

void ServerConnection::WatchControlFrames() noexcept {
  if (phase_ == Phase::kWebSocket) websocket_->tells_control = true;
}

const InputBuffer* ServerConnection::HeldMessage() const noexcept {
  if (!websocket_ || !websocket_->holds) return nullptr;
  return &websocket_->receiver.held();
}

void ServerConnection::DropHeldMessage() noexcept {
  websocket_->receiver.DropHeld();
  websocket_->holds = false;
  if (InputSize() != 0) exchange()->Defer(this);
  exchange()->Touch(this);
}

// The peer has taken everything.
bool ServerConnection::WebSocketFlushed() noexcept {
  ServerWebSocket& socket = *websocket_;
  if (socket.close_sent || !socket.pong_waits) return true;
  socket.pong_waits = false;
  const std::string pong = std::move(socket.pong);
  if (!AppendFrame(WebSocketOpcode::kPong,
                   reinterpret_cast<const uint8_t*>(pong.data()), pong.size(),
                   false)) {
    return false;
  }
  return Flush();
}

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

void ServerConnection::FinishWebSocket(bool going_away) noexcept {
  if (going_away && !websocket_->config->closes_with_server) return;
  CloseWebSocket(going_away ? kGoingAway : kNormal, {});
}

}  // namespace gudeg::connection
