// Request bodies: decoded when the application asks, dropped when it doesn't.

#include <algorithm>
#include <cstring>

#include "body_step.h"
#include "exchange.h"
#include "server.h"
#include "server_connection.h"

namespace gudeg::connection {

using engine::BodyDecoder;
using engine::FieldSlice;
using engine::Framing;

void ServerConnection::StartBody() noexcept {
  if (body_started_) return;
  body_started_ = true;
  PendingRequest* state = pending();
  state->decoder.Start(framing_, body_length_);
  const uint32_t timeout = server_->options().request_timeout_ms;
  state->body_deadline_ms =
      timeout == 0 ? 0 : uv_now(exchange()->loop()) + timeout;
}

size_t ServerConnection::BodyFault(engine::Fault fault) noexcept {
  int32_t* control = exchange()->memory().control;
  SetBodyStatus(control, BodyStatus::kFault);
  control[kControlBodyFault] = static_cast<int32_t>(fault);
  keep_alive_ = false;
  return 0;
}

size_t ServerConnection::ReadBody(uint8_t* target, size_t size) noexcept {
  const SharedMemory& memory = exchange()->memory();
  int32_t* control = memory.control;
  if (phase_ != Phase::kRequest || framing_ == Framing::kNone) {
    SetBodyStatus(control, BodyStatus::kEnd);
    return 0;
  }
  StartBody();
  const auto& options = server_->options();
  const BodyDecoder::Result result =
      StepBody(&pending_->decoder, InputData(), InputSize(), target, size,
               options.limits, memory.arena, control);
  DropInput(result.consumed);
  switch (result.step) {
    case BodyDecoder::Step::kFault:
      keep_alive_ = false;
      return 0;
    case BodyDecoder::Step::kNeedMore: {
      // Who waits for "100 Continue" has sent nothing.
      if (!continue_expected_ && !input_ended_) {
        const ssize_t received = ReceiveContent(
            &pending_->decoder, options.limits, target, size);
        if (received > 0) {
          if (!wants_read()) PauseOrResumeReading();
          SetBodyStatus(control, BodyStatus::kData);
          return static_cast<size_t>(received);
        }
        SetBodyStatus(control, BodyStatus::kWait);
        if (received < 0) {
          CloseBroken(static_cast<int>(received));
          return 0;
        }
        if (input_ended_) {
          // Told in the order of things that are read in a turn.
          wants_readable_ = true;
          OnInputEnd();
          exchange()->Wake();
          return 0;
        }
      }
      if (input_ended_) return BodyFault(engine::Fault::kTruncatedBody);
      wants_readable_ = true;
      // Not into the middle of an answer.
      if (continue_expected_ && !answering_) {
        static constexpr std::string_view kContinue =
            "HTTP/1.1 100 Continue\r\n\r\n";
        output_.Append(reinterpret_cast<const uint8_t*>(kContinue.data()),
                       kContinue.size(), exchange()->pool());
        if (!Flush()) return BodyFault(engine::Fault::kTruncatedBody);
      }
      const uint64_t now = uv_now(exchange()->loop());
      uint64_t wait = options.body_timeout_ms;
      if (pending_->body_deadline_ms != 0) {
        const uint64_t left = pending_->body_deadline_ms > now
                                  ? pending_->body_deadline_ms - now
                                  : 1;
        wait = wait == 0 ? left : std::min(wait, left);
      }
      server_->wheel()->Arm(this, static_cast<uint32_t>(wait));
      PauseOrResumeReading();
      SetBodyStatus(control, BodyStatus::kWait);
      continue_expected_ = false;
      return 0;
    }
    default:
      break;
  }
  continue_expected_ = false;
  if (!wants_read()) PauseOrResumeReading();
  return result.step == BodyDecoder::Step::kData ? result.size : 0;
}

// Drops what the application left of the body. False while bytes are missing,
// or when the connection is about to close instead.
bool ServerConnection::SkipBody() noexcept {
  if (framing_ == Framing::kNone) return true;
  if (!body_started_ && framing_ == Framing::kLength &&
      InputSize() >= body_length_) {
    DropInput(static_cast<size_t>(body_length_));
    return true;
  }
  const auto& options = server_->options();
  StartBody();
  BodyDecoder& decoder = pending_->decoder;
  auto* trailers = reinterpret_cast<FieldSlice*>(exchange()->memory().arena);
  while (!decoder.done()) {
    const auto result = decoder.Next(InputData(), InputSize(), SIZE_MAX,
                                     options.limits, trailers);
    DropInput(result.consumed);
    pending_->drained_bytes += result.consumed;
    // A client that waits for "100 Continue" may or may not send the body
    // now: only a new connection is unambiguous.
    const bool hopeless = result.step == BodyDecoder::Step::kFault ||
                          continue_expected_ ||
                          pending_->drained_bytes > options.max_drain_bytes ||
                          (framing_ == Framing::kLength &&
                           decoder.remaining() > options.max_drain_bytes);
    if (result.step == BodyDecoder::Step::kEnd) break;
    if (hopeless ||
        (result.step == BodyDecoder::Step::kNeedMore && input_ended_)) {
      BeginClose();
      return false;
    }
    if (result.step == BodyDecoder::Step::kNeedMore) {
      // Drips don't prolong what nobody reads.
      if (phase_ != Phase::kDraining) {
        server_->wheel()->Arm(this, options.body_timeout_ms);
      }
      phase_ = Phase::kDraining;
      if (!output_.empty()) exchange()->Touch(this);
      PauseOrResumeReading();
      return false;
    }
  }
  return true;
}

}  // namespace gudeg::connection
