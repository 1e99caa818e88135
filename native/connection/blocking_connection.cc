#include "blocking_connection.h"

#include <sys/uio.h>
#include <time.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "../engine/serializer.h"
#include "arena.h"
#include "body_step.h"
#include "request_check.h"
#include "tls_records.h"

namespace gudeg::connection {

using engine::BodyDecoder;
using engine::Fault;
using engine::FieldSlice;
using engine::Framing;
using engine::Progress;

namespace {

constexpr size_t kReadRoom = 16 * 1024;
constexpr uint32_t kMaxInterimResponses = 64;

uint64_t NowMs() noexcept {
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC, &now);
  return static_cast<uint64_t>(now.tv_sec) * 1000 +
         static_cast<uint64_t>(now.tv_nsec) / 1'000'000;
}

}  // namespace

int BlockingConnection::Connect(
    const transport::SocketAddress& address) noexcept {
  const int status = socket_.Connect(address, options_.connect_timeout_ms);
  if (status != 0) return status;
  if (options_.tls != nullptr &&
      !socket_.StartTls(options_.tls, options_.tls_peer,
                        options_.connect_timeout_ms)) {
    socket_.Close();
    if (tls() == nullptr) return -ENOMEM;
    WriteTlsFailure(tls()->failure(), memory_.record);
    const bool late = tls()->failure().kind ==
                      transport::TlsFailure::Kind::kTimeout;
    return late ? -ETIMEDOUT : -EPROTO;
  }
  socket_.SetSendTimeout(options_.write_timeout_ms);
  fields_.resize(std::max(options_.limits.max_header_count, kMaxRequestFields));
  return 0;
}

bool BlockingConnection::End(ClientCloseReason reason,
                             int32_t detail) noexcept {
  int32_t* record = memory_.record;
  record[0] = static_cast<int32_t>(ClientEventKind::kClosed);
  record[2] = static_cast<int32_t>(reason);
  record[3] = detail;
  record[4] = input_.size() != 0 || in_body_ ? 1 : 0;
  if (tls() != nullptr) WriteTlsFailure(tls()->failure(), record);
  Close();
  return false;
}

bool BlockingConnection::EndBroken(int error) noexcept {
  return End(error == -EPROTO ? ClientCloseReason::kTlsFault
                              : ClientCloseReason::kPeerReset,
             -error);
}

char* BlockingConnection::ReserveHead(size_t size) noexcept {
  if (head_.size() < size) head_.resize(size);
  return head_.data();
}

Fault BlockingConnection::Send(size_t head_bytes, uint32_t field_count,
                               const uint8_t* body,
                               size_t body_bytes) noexcept {
  const auto* rendered = reinterpret_cast<const uint8_t*>(head_.data());
  engine::RequestHead head;
  const Fault fault =
      CheckRequestHead(rendered, head_bytes, field_count,
                       options_.limits.profile, fields_.data(), &head);
  if (fault != Fault::kNone) return fault;
  const uint64_t length =
      head.framing == Framing::kLength ? head.content_length : uint64_t{0};
  if (body_bytes != length) return Fault::kBadContentLength;
  chunks_follow_ = head.framing == Framing::kChunked;
  method_ = head.method;
  keep_alive_ = head.keep_alive;
  in_request_ = true;
  in_body_ = false;
  send_failed_ = false;
  SendAll(rendered, head_bytes, body, body_bytes);
  return Fault::kNone;
}

// A failure shows when the response is read: the peer may have answered before
// it closed.
void BlockingConnection::SendAll(const uint8_t* head, size_t head_bytes,
                                 const uint8_t* body,
                                 size_t body_bytes) noexcept {
  while (!send_failed_ && head_bytes + body_bytes != 0) {
    iovec pieces[2] = {{const_cast<uint8_t*>(head), head_bytes},
                       {const_cast<uint8_t*>(body), body_bytes}};
    const bool has_head = head_bytes != 0;
    const int count = has_head && body_bytes != 0 ? 2 : 1;
    const ssize_t written = socket_.Send(has_head ? pieces : pieces + 1, count);
    if (written < 0) {
      send_failed_ = true;
      keep_alive_ = false;
      return;
    }
    const auto total = static_cast<size_t>(written);
    const size_t from_head = std::min(total, head_bytes);
    head += from_head;
    head_bytes -= from_head;
    body += total - from_head;
    body_bytes -= total - from_head;
  }
}

bool BlockingConnection::WriteChunk(std::string_view key,
                                    std::string_view value,
                                    const uint8_t* data, size_t size) noexcept {
  if (!chunks_follow_) return false;
  const size_t bound =
      engine::kMaxChunkSizeBytes + key.size() + value.size() + 4;
  auto* line = reinterpret_cast<uint8_t*>(ReserveHead(bound + 2));
  size_t bytes = engine::WriteChunkLine(line, bound, size, key, value,
                                        options_.limits.profile);
  if (bytes == 0) return false;
  static constexpr uint8_t kLineEnd[] = {'\r', '\n'};
  if (size == 0) {
    memcpy(line + bytes, kLineEnd, 2);
    bytes += 2;
    chunks_follow_ = false;
  }
  SendAll(line, bytes, data, size);
  if (size != 0) SendAll(kLineEnd, 2, nullptr, 0);
  return true;
}

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
      const uint64_t now = NowMs();
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
  const auto base = static_cast<int32_t>(head_offset);
  record[kRequestHeadOffset] = base;
  record[kRequestTargetOffset] =
      base + static_cast<int32_t>(head.reason.offset);
  record[kRequestTargetLength] = static_cast<int32_t>(head.reason.length);
  record[kRequestFieldsOffset] = 0;
  record[kRequestFieldCount] = head.field_count;
  record[kRequestLengthLow] =
      static_cast<int32_t>(head.content_length & 0xffffffff);
  record[kRequestLengthHigh] = static_cast<int32_t>(head.content_length >> 32);
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
  record[0] = static_cast<int32_t>(ClientEventKind::kResponse) |
              head.status << 8 | static_cast<int32_t>(head.framing) << 18 |
              (complete ? kResponseComplete : 0) << 20;
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
