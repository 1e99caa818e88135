// Reading: bytes become requests.

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "exchange.h"
#include "server.h"
#include "server_connection.h"

namespace gudeg::connection {

using engine::BodyDecoder;
using engine::FieldSlice;
using engine::Framing;
using engine::Progress;

void ServerConnection::OnReadable() noexcept {
  if (phase_ == Phase::kLinger) {
    Discard();
    return;
  }
  if (phase_ == Phase::kWebSocket) {
    ReadFrames();
    return;
  }
  if (phase_ == Phase::kProxyHeader) {
    ReadProxyHeader();
    return;
  }
  BeginReceiving();
  // The application takes it from the socket itself.
  if (ReceivesBody()) {
    TellReadable();
    return;
  }
  ssize_t count;
  if (phase_ != Phase::kHead || InputSize() != 0) {
    // More room when a body streams, little for a head in drips.
    count = FillHeap(phase_ == Phase::kHead ? ReadRoom(1024) : kReadBytes);
  } else {
    count = FillArena(server_->options().limits.max_header_count *
                      sizeof(FieldSlice));
    if (count > 0) exchange()->Touch(this);
  }
  if (count == 0) {
    OnInputEnd();
  } else if (count == -EAGAIN || count == -EWOULDBLOCK) {
    return;
  } else if (count < 0) {
    CloseBroken(static_cast<int>(count));
  } else if (phase_ == Phase::kHead) {
    if (awaits_proxy_header_ && !TakeProxyHeader()) return;
    ParseHead();
  } else if (phase_ == Phase::kDraining) {
    if (SkipBody()) NextRequest();
  } else if (phase_ == Phase::kRequest || phase_ == Phase::kRaw) {
    TellReadable();
    if (phase_ == Phase::kRaw && output_.empty()) ArmIdle();
    PauseOrResumeReading();
  }
}

void ServerConnection::CloseBroken(int error) noexcept {
  CloseNow(error == -EPROTO   ? CloseReason::kTlsFault
           : error == -ENOMEM ? CloseReason::kAborted
                              : CloseReason::kPeerReset);
}

void ServerConnection::TellReadable() noexcept {
  if (!wants_readable_) return;
  wants_readable_ = false;
  exchange()->AddEvent(EventKind::kReadable, slot_);
}

void ServerConnection::OnInputEnd() noexcept {
  input_ended_ = true;
  // A peer that has stopped sending may still take answers, also to pipelined
  // requests that are here already.
  if (InputSize() == 0) keep_alive_ = false;
  PauseOrResumeReading();
  switch (phase_) {
    case Phase::kHead:
      if (defer_index_ >= 0) break;
      if (pending_ && pending_->partial &&
          server_->options().hands_over_faults) {
        HandOver(engine::Fault::kTruncatedHead);
      } else if (output_.empty()) {
        CloseNow(CloseReason::kPeerClosed);
      } else if (pending_ && pending_->partial) {
        BeginClose();
      }
      break;
    case Phase::kDraining:
      if (server_->options().tells_peer_end) {
        exchange()->AddEvent(EventKind::kPeerEnded, slot_)[2] = 1;
      }
      BeginClose();
      break;
    case Phase::kRequest:
      if (server_->options().tells_peer_end) {
        exchange()->AddEvent(EventKind::kPeerEnded, slot_)[2] = 0;
      }
      [[fallthrough]];
    case Phase::kRaw:
      TellReadable();
      break;
    default:
      CloseNow(close_reason_);
  }
}

void ServerConnection::Discard() noexcept {
  uint8_t waste[transport::TlsChannel::kLeastReadBytes];
  const ssize_t count = Read(waste, sizeof waste);
  if (count == -EAGAIN || count == -EWOULDBLOCK) return;
  if (count <= 0) CloseNow(close_reason_);
}

void ServerConnection::ParseHead() noexcept {
  const auto& limits = server_->options().limits;
  const size_t field_bytes = limits.max_header_count * sizeof(FieldSlice);
  const SharedMemory& memory = exchange()->memory();
  uint8_t* tail = exchange()->AlignedTail();
  const auto room =
      static_cast<size_t>(memory.arena + memory.arena_bytes - tail);
  // A head on the heap has to move into the arena when it is complete.
  const size_t copy_bytes =
      view_size_ != 0
          ? 0
          : std::min(InputSize(), size_t{limits.max_head_bytes}) + 16;
  if (room < field_bytes + copy_bytes) {
    exchange()->Defer(this);
    return;
  }
  const uint8_t* data = InputData();
  PartialHead* partial = pending_ ? pending_->partial.get() : nullptr;
  engine::RequestHeadParser* parser = exchange()->parser();
  auto* fields = reinterpret_cast<FieldSlice*>(tail);
  if (partial != nullptr) {
    parser = &partial->parser;
    fields = partial->fields.data();
  } else {
    parser->Reset();
  }
  switch (parser->Parse(data, InputSize(), limits, fields)) {
    case Progress::kDone:
      StartRequest(parser->head(), data, fields);
      return;
    case Progress::kFault:
      Refuse(parser->fault());
      return;
    case Progress::kNeedMore:
      break;
  }
  if (input_ended_) {
    if (server_->options().hands_over_faults && InputSize() != 0) {
      HandOver(engine::Fault::kTruncatedHead);
    } else {
      BeginClose();
    }
    return;
  }
  if (partial == nullptr) {
    pending()->partial = std::make_unique<PartialHead>();
    partial = pending()->partial.get();
    partial->parser = *parser;
    partial->fields.assign(fields, fields + limits.max_header_count);
    // From its first byte on, a head has this long to arrive.
    server_->wheel()->Arm(this, server_->options().head_timeout_ms);
  }
  if (view_size_ != 0 && !MoveViewToInput()) {
    CloseNow(CloseReason::kAborted);
    return;
  }
  if (!output_.empty()) exchange()->Touch(this);
}

void ServerConnection::StartRequest(const engine::RequestHead& head,
                                    const uint8_t* data,
                                    const FieldSlice* fields) noexcept {
  Exchange* x = exchange();
  const SharedMemory& memory = x->memory();
  const size_t field_bytes = head.field_count * sizeof(FieldSlice);
  uint8_t* place = x->AlignedTail();
  if (reinterpret_cast<const uint8_t*>(fields) != place) {
    memcpy(place, fields, field_bytes);
  }
  x->CommitInput(field_bytes);
  fields_offset_ = x->OffsetOf(place);
  field_count_ = head.field_count;
  head_bytes_ = head.head_bytes;
  if (view_size_ != 0) {
    head_offset_ = view_offset_;
  } else {
    uint8_t* copy = memory.arena + fields_offset_ + field_bytes;
    memcpy(copy, data, head.head_bytes);
    x->CommitInput(head.head_bytes);
    head_offset_ = x->OffsetOf(copy);
  }
  in_arena_ = true;
  if (server_->meter() != nullptr) started_us_ = x->NowUs();
  x->Touch(this);

  method_ = head.method;
  framing_ = head.framing;
  body_length_ = head.content_length;
  is_http10_ = head.minor_version == 0;
  const bool more_may_come = !input_ended_ || InputSize() > head.head_bytes;
  keep_alive_ = head.keep_alive && more_may_come && !ends_connection();
  // RFC 9110 section 10.1.1: HTTP/1.0 knows no interim responses.
  continue_expected_ =
      server_->options().sends_continue && head.expects_continue &&
      !is_http10_ && framing_ != Framing::kNone;
  body_started_ = false;
  phase_ = Phase::kRequest;

  const uint8_t* bytes = memory.arena + head_offset_;
  int32_t* event = x->AddEvent(EventKind::kRequest, slot_);
  int32_t flags = 0;
  if (is_http10_) flags |= kFlagHttp10;
  if (keep_alive_) flags |= kFlagKeepAlive;
  if (head.expects_continue) flags |= kFlagExpectsContinue;
  if (head.expects_other) flags |= kFlagExpectsOther;
  if (head.has_upgrade) flags |= kFlagUpgrade;
  if (!has_session_) flags |= kFlagFirst;
  has_session_ = true;
  event[kRequestKind] = static_cast<int32_t>(EventKind::kRequest) |
                        static_cast<int32_t>(head.method) << 8 |
                        static_cast<int32_t>(head.framing) << 16 | flags << 20;
  const auto base = static_cast<int32_t>(head_offset_);
  event[kRequestHeadOffset] = base;
  event[kRequestTargetRef] =
      x->targets()->Find(bytes + head.target.offset, head.target.length);
  event[kRequestTargetOffset] = base + static_cast<int32_t>(head.target.offset);
  event[kRequestTargetLength] = static_cast<int32_t>(head.target.length);
  event[kRequestFieldsOffset] = static_cast<int32_t>(fields_offset_);
  event[kRequestFieldCount] = head.field_count;
  event[kRequestLengthLow] = static_cast<int32_t>(body_length_ & 0xffffffff);
  event[kRequestLengthHigh] = static_cast<int32_t>(body_length_ >> 32);
  event[kRequestServer] = server_->id();
  event[kRequestMethodOffset] =
      base + static_cast<int32_t>(head.method_name.offset);

  const bool viewed = view_size_ != 0;
  DropInput(head.head_bytes);
  if (pending_) pending_->partial.reset();
  // A client that sends its body unasked doesn't wait for "100 Continue".
  if (InputSize() != 0) continue_expected_ = false;
  event[kRequestBodyOffset] = static_cast<int32_t>(view_offset_);
  event[kRequestBodyAvailable] =
      viewed
          ? static_cast<int32_t>(std::min<uint64_t>(view_size_, body_length_))
          : 0;
}

// Leaves it to JavaScript how a client is answered whose head is no use; the
// input that was not understood can be read.
void ServerConnection::HandOver(engine::Fault fault) noexcept {
  has_session_ = true;
  BeginRaw(0);
  int32_t* event = exchange()->AddEvent(EventKind::kRefused, slot_);
  event[2] = static_cast<int32_t>(fault);
  event[kRequestServer] = server_->id();
  exchange()->Wake();
}

void ServerConnection::Refuse(engine::Fault fault) noexcept {
  if (server_->options().hands_over_faults) {
    HandOver(fault);
    return;
  }
  close_reason_ = CloseReason::kProtocolFault;
  int32_t* event =
      exchange()->AddEvent(EventKind::kRefused, has_session_ ? slot_ : -1);
  event[2] = static_cast<int32_t>(fault);
  event[kRequestServer] = server_->id();
  const engine::FaultInfo& info = engine::Describe(fault);
  char text[160];
  const int length = snprintf(text, sizeof text, "%s\n", info.text);
  RefuseWith(info.status, {text, static_cast<size_t>(length)});
}

bool ServerConnection::LoadHead() noexcept {
  int32_t* control = exchange()->memory().control;
  if (phase_ != Phase::kRequest) return false;
  control[kControlFieldCount] = field_count_;
  control[kControlLengthLow] = static_cast<int32_t>(body_length_ & 0xffffffff);
  control[kControlLengthHigh] = static_cast<int32_t>(body_length_ >> 32);
  if (in_arena_) {
    control[kControlHeadOffset] = static_cast<int32_t>(head_offset_);
    control[kControlFieldsOffset] = static_cast<int32_t>(fields_offset_);
    return true;
  }
  if (!pending_ || !pending_->saved_head) return false;
  const size_t field_bytes = pending_->saved_field_count * sizeof(FieldSlice);
  const size_t bytes = field_bytes + pending_->saved_head_bytes;
  if (bytes > kScratchBytes) return false;
  memcpy(exchange()->memory().arena, pending_->saved_head.get(), bytes);
  control[kControlFieldsOffset] = 0;
  control[kControlHeadOffset] = static_cast<int32_t>(field_bytes);
  return true;
}

}  // namespace gudeg::connection
