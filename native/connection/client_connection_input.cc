// Reading: bytes become responses.

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "client_connection.h"
#include "client_exchange.h"
#include "response_record.h"

namespace gudeg::connection {

using engine::Fault;
using engine::FieldSlice;
using engine::Framing;
using engine::Progress;

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
  const auto kind =
      interim ? ClientEventKind::kInterim : ClientEventKind::kResponse;
  int32_t* event = exchange_->AddEvent(kind, slot_);
  RecordResponseHead(head, head_offset, arena->OffsetOf(place), event);
  // `head` lies in the parser that goes now.
  const uint16_t status = head.status;
  const uint64_t length = head.content_length;
  const bool is_http10 = head.minor_version == 0;
  Framing framing = head.framing;
  keep_alive_ = keep_alive_ && (interim || head.keep_alive);
  DropInput(head.head_bytes);
  if (pending_) pending_->parser.reset();
  RecordResponseKind(kind, status, Framing::kNone, 0, event);
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
  RecordResponseKind(kind, status, framing, flags, event);
  if (complete) FinishResponse();
  return false;
}

}  // namespace gudeg::connection
