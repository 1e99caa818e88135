// Reading: bytes become responses and their bodies.

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "body_step.h"
#include "client_connection.h"
#include "client_exchange.h"
#include "whole_chunks.h"

namespace gudeg::connection {

using engine::BodyDecoder;
using engine::Fault;
using engine::FieldSlice;
using engine::Framing;
using engine::Progress;

namespace {
// A server has no reason for more of them.
constexpr uint32_t kMaxInterimResponses = 64;
}  // namespace

void ClientConnection::CloseBroken(int error) noexcept {
  CloseNow(error == -EPROTO ? ClientCloseReason::kTlsFault
                            : ClientCloseReason::kPeerReset,
           -error);
}

// The peer may close, but it has nothing to say.
void ClientConnection::OnIdleReadable() noexcept {
  uint8_t byte;
  const ssize_t count = Read(&byte, 1);
  if (count == -EAGAIN || count == -EWOULDBLOCK) return;
  if (count > 0) {
    CloseNow(ClientCloseReason::kProtocolFault,
             static_cast<int32_t>(Fault::kUnaskedBytes));
  } else if (count == 0) {
    CloseNow(ClientCloseReason::kPeerClosed, 0);
  } else {
    CloseBroken(static_cast<int>(count));
  }
}

void ClientConnection::OnReadable() noexcept {
  if (phase_ == Phase::kIdle) {
    OnIdleReadable();
    return;
  }
  BeginReceiving();
  // The application takes it from the socket itself.
  if (ReceivesBody()) {
    TellReadable();
    return;
  }
  ssize_t count;
  if (InputSize() != 0) {
    count = FillHeap(phase_ == Phase::kWaiting ? ReadRoom(1024) : kReadBytes);
  } else {
    count = FillArena(options_.limits.max_header_count * sizeof(FieldSlice));
    if (count > 0) exchange_->Touch(this);
  }
  if (count == -EAGAIN || count == -EWOULDBLOCK) return;
  if (count < 0) {
    CloseBroken(static_cast<int>(count));
    return;
  }
  if (count == 0) {
    OnInputEnd();
    return;
  }
  if (phase_ == Phase::kWaiting) {
    response_began_ = true;
    ParseHeads();
  } else {
    TellReadable();
  }
  if (is_open()) UpdateInterest();
}

void ClientConnection::TellReadable() noexcept {
  if (!wants_readable_) return;
  wants_readable_ = false;
  exchange_->AddEvent(ClientEventKind::kReadable, slot_);
}

void ClientConnection::OnInputEnd() noexcept {
  input_ended_ = true;
  if (phase_ == Phase::kWaiting) {
    if (response_began_) {
      CloseNow(ClientCloseReason::kProtocolFault,
               static_cast<int32_t>(Fault::kTruncatedHead));
    } else {
      CloseNow(ClientCloseReason::kPeerClosed, 0);
    }
    return;
  }
  TellReadable();
  UpdateInterest();
}

void ClientConnection::ParseHeads() noexcept {
  const engine::Limits& limits = options_.limits;
  const size_t field_bytes = limits.max_header_count * sizeof(FieldSlice);
  Arena* arena = exchange_->arena();
  while (phase_ == Phase::kWaiting && InputSize() != 0) {
    // A head on the heap has to move into the arena when it is complete.
    const size_t copy_bytes =
        view_size_ != 0
            ? 0
            : std::min(InputSize(), size_t{limits.max_head_bytes}) + 16;
    if (arena->TailRoom() < field_bytes + copy_bytes) {
      exchange_->Defer(this);
      return;
    }
    const uint8_t* data = InputData();
    auto* fields = reinterpret_cast<FieldSlice*>(arena->Tail());
    engine::ResponseHeadParser* parser = exchange_->parser();
    const bool resumed = pending_ && pending_->parser;
    if (resumed) {
      parser = pending_->parser.get();
      fields = pending_->fields.data();
    } else {
      parser->Reset();
    }
    switch (parser->Parse(data, InputSize(), limits, method_, fields)) {
      case Progress::kDone:
        if (!StartResponse(parser->head(), data, fields)) return;
        break;
      case Progress::kFault:
        CloseNow(ClientCloseReason::kProtocolFault,
                 static_cast<int32_t>(parser->fault()));
        return;
      case Progress::kNeedMore:
        if (!resumed) {
          pending()->parser =
              std::make_unique<engine::ResponseHeadParser>(*parser);
          pending_->fields.assign(fields, fields + limits.max_header_count);
        }
        if (view_size_ != 0 && !MoveViewToInput()) {
          CloseNow(ClientCloseReason::kPeerReset, ENOMEM);
        }
        return;
    }
  }
}

// False: nothing of this response is to be parsed any more.
bool ClientConnection::StartResponse(const engine::ResponseHead& head,
                                     const uint8_t* data,
                                     const FieldSlice* fields) noexcept {
  const bool switches = head.status == 101;
  const bool interim = head.status < 200 && !switches;
  if (switches && !switch_asked_) {
    CloseNow(ClientCloseReason::kProtocolFault,
             static_cast<int32_t>(Fault::kUnaskedSwitch));
    return false;
  }
  if (interim && ++interim_responses_ > kMaxInterimResponses) {
    CloseNow(ClientCloseReason::kProtocolFault,
             static_cast<int32_t>(Fault::kTooManyInterimResponses));
    return false;
  }
  Arena* arena = exchange_->arena();
  const size_t field_bytes = head.field_count * sizeof(FieldSlice);
  uint8_t* place = arena->Tail();
  if (reinterpret_cast<const uint8_t*>(fields) != place) {
    memcpy(place, fields, field_bytes);
  }
  arena->Commit(field_bytes);
  uint32_t head_offset = view_offset_;
  const bool viewed = view_size_ != 0;
  if (!viewed) {
    uint8_t* copy = place + field_bytes;
    memcpy(copy, data, head.head_bytes);
    arena->Commit(head.head_bytes);
    head_offset = arena->OffsetOf(copy);
  }
  int32_t* event = exchange_->AddEvent(
      interim ? ClientEventKind::kInterim : ClientEventKind::kResponse, slot_);
  const auto base = static_cast<int32_t>(head_offset);
  event[kRequestHeadOffset] = base;
  event[kRequestTargetOffset] = base + static_cast<int32_t>(head.reason.offset);
  event[kRequestTargetLength] = static_cast<int32_t>(head.reason.length);
  event[kRequestFieldsOffset] = static_cast<int32_t>(arena->OffsetOf(place));
  event[kRequestFieldCount] = head.field_count;
  event[kRequestLengthLow] =
      static_cast<int32_t>(head.content_length & 0xffffffff);
  event[kRequestLengthHigh] = static_cast<int32_t>(head.content_length >> 32);
  // `head` lies in the parser that goes now.
  const uint16_t status = head.status;
  const uint64_t length = head.content_length;
  const bool is_http10 = head.minor_version == 0;
  Framing framing = head.framing;
  keep_alive_ = keep_alive_ && (interim || head.keep_alive);
  DropInput(head.head_bytes);
  if (pending_) pending_->parser.reset();
  event[0] |= status << 8;
  if (interim) return true;

  tunnel_ = switches || (method_ == engine::Method::kCONNECT && status < 300);
  if (tunnel_) {
    framing = Framing::kUntilClose;
    keep_alive_ = false;
  }
  // A server that doesn't wait for the whole request ends the connection's use.
  if (request_left_ != 0 || chunks_follow_ || !output_.empty()) {
    keep_alive_ = false;
  }
  phase_ = Phase::kBody;
  const bool complete = TakeWholeBody(framing, length, event);
  if (complete) {
    if (InputSize() != 0) keep_alive_ = false;
  } else {
    pending()->decoder.Start(framing, length);
  }
  int32_t flags = 0;
  if (is_http10) flags |= kResponseHttp10;
  if (keep_alive_) flags |= kResponseKeepAlive;
  if (tunnel_) flags |= kResponseTunnel;
  if (complete) flags |= kResponseComplete;
  event[0] |= static_cast<int32_t>(framing) << 18 | flags << 20;
  if (complete) FinishResponse();
  return false;
}

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
