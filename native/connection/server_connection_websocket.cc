// A connection that is a WebSocket: its beginning, what it receives, and its
// end. Control frames and the closing handshake stay in C++.

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
  pending_.reset();
  ArmWebSocket();
  if (InputSize() != 0) exchange()->Defer(this);
  exchange()->Touch(this);
  return true;
}

void ServerConnection::ReadFrames() noexcept {
  const ssize_t count = FillArena(0);
  if (count == -EAGAIN || count == -EWOULDBLOCK) return;
  if (count <= 0) {
    CloseNow(count == 0 ? CloseReason::kPeerClosed : CloseReason::kPeerReset);
    return;
  }
  exchange()->Touch(this);
  websocket_->heard = true;
  DecodeFrames();
}

uint8_t* ServerConnection::MutableInput() noexcept {
  return view_size_ != 0 ? arena_->data() + view_offset_ : input_.data();
}

void ServerConnection::DecodeFrames() noexcept {
  ServerWebSocket& socket = *websocket_;
  WebSocketWorkspace* workspace = exchange()->workspace();
  exchange()->Touch(this);
  if (!socket.receiver) {
    socket.receiver = workspace->TakeReceiver(
        engine::WebSocketRole::kServer, socket.config->limits, socket.deflate);
    if (!socket.receiver) {
      CloseNow(CloseReason::kAborted);
      return;
    }
  }
  for (int i = 0; phase_ == Phase::kWebSocket; i++) {
    if (socket.paused || socket.holds) return;
    if (i == kMessagesPerTurn) {
      exchange()->Defer(this);
      return;
    }
    const auto result = socket.receiver->Next(MutableInput(), InputSize(),
                                              workspace);
    // What it found may lie in the input, whose place doesn't change yet.
    DropInput(result.consumed);
    switch (result.step) {
      case Step::kNeedMore:
        if (socket.receiver->is_fresh()) {
          workspace->GiveBack(std::move(socket.receiver));
        }
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
    if (!websocket_->receiver->Hold(message)) {
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
      socket.waiting_pong = std::make_unique<std::string>(
          reinterpret_cast<const char*>(data), size);
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
  ReleaseInput();
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
  return &websocket_->receiver->held();
}

void ServerConnection::DropHeldMessage() noexcept {
  websocket_->receiver->DropHeld();
  websocket_->holds = false;
  if (InputSize() != 0) exchange()->Defer(this);
  exchange()->Touch(this);
}

void ServerConnection::FinishWebSocket(bool going_away) noexcept {
  if (going_away && !websocket_->config->closes_with_server) return;
  CloseWebSocket(going_away ? kGoingAway : kNormal, {});
}

}  // namespace gudeg::connection
