// The bodies of responses: shown with their heads, or decoded when the
// application asks.

#include "body_step.h"
#include "client_connection.h"
#include "client_exchange.h"
#include "whole_chunks.h"

namespace gudeg::connection {

using engine::BodyDecoder;
using engine::Fault;
using engine::FieldSlice;
using engine::Framing;

// Where the record can show the whole body, it does. False: it can't.
bool ClientConnection::TakeWholeBody(Framing framing, uint64_t length,
                                     int32_t* event) noexcept {
  event[kRequestBodyOffset] = static_cast<int32_t>(view_offset_);
  event[kRequestBodyAvailable] = 0;
  if (framing == Framing::kNone) return true;
  if (framing == Framing::kLength) {
    if (length != 0 && view_size_ < length) return false;
    event[kRequestBodyAvailable] = static_cast<int32_t>(length);
    DropInput(static_cast<size_t>(length));
    return true;
  }
  constexpr size_t kTableInts = 2 * kMaxWholeChunks;
  if (framing != Framing::kChunked || view_size_ == 0 ||
      arena_->TailRoom() < kTableInts * sizeof(int32_t)) {
    return false;
  }
  auto* table = reinterpret_cast<int32_t*>(arena_->Tail());
  const WholeChunks found =
      FindWholeChunks(InputData(), InputSize(), options_.limits, table,
                      reinterpret_cast<FieldSlice*>(arena_->data()));
  if (found.body_bytes == 0) return false;
  const auto ints = static_cast<size_t>(2 * found.count);
  for (size_t i = 0; i < ints; i += 2) {
    table[i] += static_cast<int32_t>(view_offset_);
  }
  arena_->Commit(ints * sizeof(int32_t));
  event[kRequestBodyOffset] = static_cast<int32_t>(arena_->OffsetOf(table));
  event[kRequestBodyAvailable] = found.count;
  DropInput(found.body_bytes);
  return true;
}

void ClientConnection::FinishResponse() noexcept {
  if (InputSize() != 0) {
    // Whatever it is, it answers no request of ours.
    CloseNow(ClientCloseReason::kProtocolFault,
             static_cast<int32_t>(Fault::kUnaskedBytes));
    return;
  }
  if (!keep_alive_ || input_ended_) {
    CloseNow(ClientCloseReason::kDone, 0);
    return;
  }
  pending_.reset();
  ReleaseInput();
  wants_readable_ = false;
  phase_ = Phase::kIdle;
  UpdateInterest();
}

size_t ClientConnection::ReadBody(uint8_t* target, size_t size) noexcept {
  int32_t* control = exchange_->control();
  if (phase_ != Phase::kBody) {
    SetBodyStatus(control, BodyStatus::kEnd);
    return 0;
  }
  BodyDecoder& decoder = pending()->decoder;
  const BodyDecoder::Result result =
      StepBody(&decoder, InputData(), InputSize(), target, size,
               options_.limits, exchange_->arena()->data(), control);
  DropInput(result.consumed);
  Fault fault = Fault::kNone;
  size_t copied = result.step == BodyDecoder::Step::kData ? result.size : 0;
  switch (result.step) {
    case BodyDecoder::Step::kFault:
      fault = decoder.fault();
      break;
    case BodyDecoder::Step::kNeedMore: {
      const ssize_t received =
          ReceiveContent(&decoder, options_.limits, target, size);
      if (received < 0) {
        SetBodyStatus(control, BodyStatus::kWait);
        CloseBroken(static_cast<int>(received));
        return 0;
      }
      if (received > 0) {
        copied = static_cast<size_t>(received);
        SetBodyStatus(control, BodyStatus::kData);
        break;
      }
      if (!input_ended_) {
        wants_readable_ = true;
        SetBodyStatus(control, BodyStatus::kWait);
        if (!tunnel_) exchange_->wheel()->Arm(this, options_.body_timeout_ms);
        UpdateInterest();
        return 0;
      }
      // Of what only the end delimits, close_notify has to say that it is whole
      // (RFC 9112 section 9.8).
      if ((tunnel_ || tls() == nullptr || !tls()->is_cut()) &&
          decoder.CloseInput()) {
        control[kControlTrailerCount] = 0;
        SetBodyStatus(control, BodyStatus::kEnd);
      } else {
        fault = Fault::kTruncatedBody;
        control[kControlBodyFault] = static_cast<int32_t>(fault);
        SetBodyStatus(control, BodyStatus::kFault);
      }
      break;
    }
    default:
      break;
  }
  if (fault != Fault::kNone) {
    CloseNow(ClientCloseReason::kProtocolFault, static_cast<int32_t>(fault));
    return 0;
  }
  if (decoder.done()) {
    FinishResponse();
  } else if (!wants_read()) {
    UpdateInterest();
  }
  return copied;
}

}  // namespace gudeg::connection
