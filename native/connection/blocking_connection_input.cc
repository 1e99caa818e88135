// Waiting: bytes become a response and its body.

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "../transport/monotonic_clock.h"
#include "arena.h"
#include "blocking_connection.h"
#include "body_step.h"
#include "response_record.h"

namespace gudeg::connection {

using engine::BodyDecoder;
using engine::Fault;
using engine::FieldSlice;
using engine::Framing;
using engine::Progress;

namespace {

constexpr size_t kReadRoom = 16 * 1024;

}  // namespace

int BlockingConnection::Fill(ClientCloseReason timeout) noexcept {
  const uint32_t ms = timeout == ClientCloseReason::kBodyTimeout
                          ? options_.body_timeout_ms
                          : options_.response_timeout_ms;
  socket_.SetReceiveTimeout(ms);
  uint8_t* room = input_.Reserve(kReadRoom);
  if (room == nullptr) return -ENOMEM;
  const ssize_t count =
      socket_.Receive(room, std::min(input_.room(), kReadBytes));
  if (count < 0) return static_cast<int>(count);
  input_.Commit(static_cast<size_t>(count));
  if (count == 0) input_ended_ = true;
  return count == 0 ? 0 : 1;
}

bool BlockingConnection::ReceiveHead() noexcept {
  parser_.Reset();
  uint32_t interim_responses = 0;
  uint64_t deadline_ms = 0;
  for (;;) {
    Progress progress = Progress::kNeedMore;
    if (input_.size() != 0) {
      progress = parser_.Parse(input_.data(), input_.size(), options_.limits,
                               method_, fields_.data());
    }
    if (progress == Progress::kFault) {
      return End(ClientCloseReason::kProtocolFault,
                 static_cast<int32_t>(parser_.fault()));
    }
    if (progress == Progress::kDone) {
      const engine::ResponseHead& head = parser_.head();
      if (head.status >= 200) return StartResponse(head);
      // Tunnels need both directions at a time.
      const bool switches = head.status == 101;
      if (switches || ++interim_responses > kMaxInterimResponses) {
        return End(ClientCloseReason::kProtocolFault,
                   static_cast<int32_t>(
                       switches ? Fault::kUnaskedSwitch
                                : Fault::kTooManyInterimResponses));
      }
      keep_alive_ = keep_alive_ && head.keep_alive;
      input_.Drop(head.head_bytes);
      parser_.Reset();
      continue;
    }
    // The clock is read only for heads that come in pieces.
    if (input_.size() != 0 && options_.response_timeout_ms != 0) {
      const uint64_t now = transport::MonotonicMs();
      if (deadline_ms == 0) deadline_ms = now + options_.response_timeout_ms;
      if (now > deadline_ms) return End(ClientCloseReason::kResponseTimeout, 0);
    }
    const int came = Fill(ClientCloseReason::kResponseTimeout);
    if (came > 0) continue;
    if (came == -EAGAIN || came == -EWOULDBLOCK) {
      return End(ClientCloseReason::kResponseTimeout, 0);
    }
    if (came < 0) return EndBroken(came);
    if (input_.size() == 0 && interim_responses == 0) {
      return End(ClientCloseReason::kPeerClosed, 0);
    }
    return End(ClientCloseReason::kProtocolFault,
               static_cast<int32_t>(Fault::kTruncatedHead));
  }
}

bool BlockingConnection::StartResponse(
    const engine::ResponseHead& head) noexcept {
  const size_t field_bytes = head.field_count * sizeof(FieldSlice);
  const size_t head_offset = field_bytes;
  memcpy(memory_.arena, fields_.data(), field_bytes);
  memcpy(memory_.arena + head_offset, input_.data(), head.head_bytes);
  int32_t* record = memory_.record;
  RecordResponseHead(head, head_offset, 0, record);
  keep_alive_ = keep_alive_ && head.keep_alive && !chunks_follow_;
  input_.Drop(head.head_bytes);
  in_body_ = true;
  const uint64_t length = head.content_length;
  const size_t body_offset = head_offset + head.head_bytes;
  const bool complete = head.framing == Framing::kNone ||
                        (head.framing == Framing::kLength &&
                         input_.size() >= length &&
                         body_offset + length <= memory_.arena_bytes);
  record[kRequestBodyOffset] = static_cast<int32_t>(body_offset);
  record[kRequestBodyAvailable] = 0;
  if (!complete) {
    decoder_.Start(head.framing, length);
  } else if (head.framing == Framing::kLength) {
    const auto bytes = static_cast<size_t>(length);
    if (bytes != 0) memcpy(memory_.arena + body_offset, input_.data(), bytes);
    input_.Drop(bytes);
    record[kRequestBodyAvailable] = static_cast<int32_t>(bytes);
  }
  RecordResponseKind(ClientEventKind::kResponse, head.status, head.framing,
                     complete ? kResponseComplete : 0, record);
  if (complete) FinishResponse();
  return true;
}

void BlockingConnection::FinishResponse() noexcept {
  in_request_ = in_body_ = false;
  // What lies behind the response answers no request of ours.
  if (!keep_alive_ || input_ended_ || input_.size() != 0) Close();
}

size_t BlockingConnection::ReadBody(uint8_t* target, size_t size) noexcept {
  int32_t* control = memory_.control;
  if (!in_body_) {
    SetBodyStatus(control, BodyStatus::kEnd);
    return 0;
  }
  const auto fail = [this, control](ClientCloseReason reason, int32_t detail) {
    SetBodyStatus(control, BodyStatus::kFault);
    End(reason, detail);
    return size_t{0};
  };
  for (;;) {
    const BodyDecoder::Result result =
        StepBody(&decoder_, input_.data(), input_.size(), target, size,
                 options_.limits, memory_.arena, control);
    input_.Drop(result.consumed);
    if (result.step == BodyDecoder::Step::kFault) {
      return fail(ClientCloseReason::kProtocolFault,
                  static_cast<int32_t>(decoder_.fault()));
    }
    if (result.step != BodyDecoder::Step::kNeedMore) {
      if (decoder_.done()) FinishResponse();
      return result.step == BodyDecoder::Step::kData ? result.size : 0;
    }
    // Content goes straight to where it is wanted; TLS would keep what lies
    // behind it.
    const size_t certain = tls() == nullptr ? decoder_.Certain(size) : 0;
    ssize_t came;
    if (certain == 0) {
      came = Fill(ClientCloseReason::kBodyTimeout);
    } else {
      socket_.SetReceiveTimeout(options_.body_timeout_ms);
      came = socket_.Receive(target, certain);
      if (came > 0) {
        const auto count = static_cast<size_t>(came);
        decoder_.Next(target, count, count, options_.limits, nullptr);
        SetBodyStatus(control, BodyStatus::kData);
        if (decoder_.done()) FinishResponse();
        return count;
      }
      if (came == 0) input_ended_ = true;
    }
    if (came > 0) continue;
    if (came == -EAGAIN || came == -EWOULDBLOCK) {
      return fail(ClientCloseReason::kBodyTimeout, 0);
    }
    if (came < 0) {
      SetBodyStatus(control, BodyStatus::kFault);
      EndBroken(static_cast<int>(came));
      return 0;
    }
    // As the other kind of connection does.
    if ((tls() != nullptr && tls()->is_cut()) || !decoder_.CloseInput()) {
      return fail(ClientCloseReason::kProtocolFault,
                  static_cast<int32_t>(Fault::kTruncatedBody));
    }
    control[kControlTrailerCount] = 0;
    SetBodyStatus(control, BodyStatus::kEnd);
    FinishResponse();
    return 0;
  }
}

}  // namespace gudeg::connection
