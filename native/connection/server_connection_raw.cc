// A connection that JavaScript has taken over: HTTP is over on it, bytes go
// both ways as they are. What was read behind the request's head comes first.

#include <algorithm>
#include <cstring>

#include "exchange.h"
#include "server.h"
#include "server_connection.h"

namespace gudeg::connection {

bool ServerConnection::TakeOver(uint32_t idle_timeout_ms) noexcept {
  if (phase_ != Phase::kRequest || answering_) return false;
  BeginRaw(idle_timeout_ms);
  return true;
}

void ServerConnection::BeginRaw(uint32_t idle_timeout_ms) noexcept {
  phase_ = Phase::kRaw;
  answering_ = false;
  in_arena_ = false;
  wants_readable_ = false;
  continue_expected_ = false;
  PendingRequest* state = pending();
  state->partial.reset();
  state->saved_head.reset();
  state->idle_timeout_ms = idle_timeout_ms;
  ArmIdle();
  // Earlier answers leave at the end of the turn, and reading starts again.
  exchange()->Touch(this);
}

void ServerConnection::ArmIdle() noexcept {
  server_->wheel()->Arm(this, pending_->idle_timeout_ms);
}

void ServerConnection::SetIdleTimeout(uint32_t idle_timeout_ms) noexcept {
  if (phase_ != Phase::kRaw) return;
  pending_->idle_timeout_ms = idle_timeout_ms;
  if (output_.empty()) ArmIdle();
}

size_t ServerConnection::ReadRaw(uint8_t* target, size_t size) noexcept {
  int32_t* control = exchange()->memory().control;
  auto set_status = [control](BodyStatus status) {
    control[kControlBodyStatus] = static_cast<int32_t>(status);
  };
  const size_t count = std::min(size, InputSize());
  if (phase_ == Phase::kRaw && count != 0) {
    memcpy(target, InputData(), count);
    DropInput(count);
    if (!wants_read()) PauseOrResumeReading();
    set_status(BodyStatus::kData);
    return count;
  }
  if (phase_ == Phase::kRaw && !input_ended_) {
    wants_readable_ = true;
    PauseOrResumeReading();
    set_status(BodyStatus::kWait);
    return 0;
  }
  set_status(BodyStatus::kEnd);
  input_taken_ = true;
  CloseWhenBothEnded();
  return 0;
}

// Bytes that JavaScript has read come first again.
bool ServerConnection::PutBack(const uint8_t* data, size_t size) noexcept {
  InputBuffer all;
  const bool ok = all.Append(data, size) && all.Append(InputData(), InputSize());
  ReleaseInput();
  return ok && input_.Append(all.data(), all.size());
}

bool ServerConnection::WriteRaw(const uint8_t* data, size_t size,
                                bool* full) noexcept {
  *full = false;
  if (!is_raw() || output_ended_) return false;
  // Between the frames of a WebSocket, for whoever knows what that does.
  if (phase_ == Phase::kWebSocket && !KeepSharedFrames(0)) return false;
  if (!Send(data, size)) return false;
  if (phase_ == Phase::kRaw && output_.empty()) ArmIdle();
  return AfterWrite(full);
}

bool ServerConnection::EndRaw() noexcept {
  if (phase_ != Phase::kRaw || output_ended_) return false;
  output_ended_ = true;
  return Flush();
}

// The output has left.
bool ServerConnection::RawFlushed() noexcept {
  if (!output_ended_) {
    ArmIdle();
    return true;
  }
  ShutdownWrite();
  return CloseWhenBothEnded();
}

// False when that closed the connection.
bool ServerConnection::CloseWhenBothEnded() noexcept {
  if (phase_ != Phase::kRaw || !output_ended_ || !output_.empty() ||
      !input_ended_ || !input_taken_) {
    return true;
  }
  CloseNow(CloseReason::kDone);
  return false;
}

void ServerConnection::Finish() noexcept {
  if (phase_ == Phase::kWebSocket) {
    FinishWebSocket(false);
    return;
  }
  if (phase_ == Phase::kClosing || phase_ == Phase::kLinger) return;
  if (output_ended_) {
    // Our side is shut already: only the peer's end is waited for.
    CloseNow(CloseReason::kDone);
    return;
  }
  close_reason_ = CloseReason::kDone;
  keep_alive_ = false;
  answering_ = false;
  BeginClose();
}

void ServerConnection::Destroy(bool resets) noexcept {
  if (phase_ == Phase::kClosed) return;
  // Its closing handshake has a limit of time.
  if (phase_ == Phase::kWebSocket && websocket_->close_sent) return;
  // As much of the output as the socket takes now.
  if (!output_.empty() && !Flush()) return;
  if (resets) Reset();
  CloseNow(CloseReason::kAborted);
}

}  // namespace gudeg::connection
