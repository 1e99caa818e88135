// Sending: a request's head, and what follows it.

#include <algorithm>
#include <cerrno>

#include "../engine/serializer.h"
#include "client_connection.h"
#include "client_exchange.h"
#include "request_check.h"

namespace gudeg::connection {

using engine::Fault;
using engine::FieldSlice;
using engine::Framing;

namespace {

// A piece from here on is offered to the socket without being copied.
constexpr size_t kDirectWriteBytes = 16 * 1024;

}  // namespace

uint8_t* ClientConnection::ReserveHead(size_t size) noexcept {
  return output_.Reserve(size, exchange_->pool());
}

Fault ClientConnection::Send(size_t head_bytes, uint32_t field_count,
                             const uint8_t* body, size_t body_bytes) noexcept {
  const uint8_t* rendered = output_.data() + output_.size();
  auto* fields = reinterpret_cast<FieldSlice*>(exchange_->arena()->data());
  engine::RequestHead head;
  const Fault fault =
      CheckRequestHead(rendered, head_bytes, field_count,
                       options_.limits.profile, fields, &head);
  if (fault != Fault::kNone) return fault;
  request_left_ =
      head.framing == Framing::kLength ? head.content_length : uint64_t{0};
  chunks_follow_ = head.framing == Framing::kChunked;
  if (body_bytes > request_left_) return Fault::kBadContentLength;
  output_.Commit(head_bytes);
  method_ = head.method;
  switch_asked_ = head.has_upgrade || method_ == engine::Method::kCONNECT;
  keep_alive_ = head.keep_alive;
  interim_responses_ = 0;
  response_began_ = false;
  phase_ = Phase::kWaiting;
  exchange_->wheel()->Arm(this, options_.response_timeout_ms);
  bool full;
  if (body_bytes != 0) {
    Write(body, body_bytes, &full);
  } else {
    Flush();
  }
  if (is_open()) UpdateInterest();
  return Fault::kNone;
}

bool ClientConnection::MayWrite() const noexcept {
  return (phase_ == Phase::kWaiting || phase_ == Phase::kBody) &&
         !output_failed_;
}

bool ClientConnection::Write(const uint8_t* data, size_t size,
                             bool* full) noexcept {
  *full = false;
  if (!MayWrite()) return false;
  if (!tunnel_ && !chunks_follow_) {
    if (size > request_left_) return false;
    request_left_ -= size;
  }
  size_t sent = 0;
  if (size >= kDirectWriteBytes && output_.size() <= BlockPool::kBlockBytes) {
    const iovec pieces[2] = {
        {const_cast<uint8_t*>(output_.data()), output_.size()},
        {const_cast<uint8_t*>(data), size}};
    const bool has_head = !output_.empty();
    const ssize_t written =
        Stream::Write(has_head ? pieces : pieces + 1, has_head ? 2 : 1);
    if (written > 0) {
      const auto total = static_cast<size_t>(written);
      const size_t from_head = std::min(total, output_.size());
      output_.Drop(from_head);
      sent = total - from_head;
    }
  }
  if (!output_.Append(data + sent, size - sent, exchange_->pool())) {
    CloseNow(ClientCloseReason::kPeerReset, ENOMEM);
    return false;
  }
  return AfterWrite(full);
}

bool ClientConnection::AfterWrite(bool* full) noexcept {
  if (phase_ == Phase::kWaiting) {
    exchange_->wheel()->Arm(this, options_.response_timeout_ms);
  }
  if (!Flush()) return false;
  if (output_.size() > options_.output_high_water_bytes) {
    wants_writable_ = true;
    *full = true;
  }
  UpdateInterest();
  return true;
}

bool ClientConnection::WriteChunk(std::string_view key, std::string_view value,
                                  const uint8_t* data, size_t size,
                                  bool* full) noexcept {
  *full = false;
  if (!MayWrite() || !chunks_follow_) return false;
  const size_t bound =
      engine::kMaxChunkSizeBytes + key.size() + value.size() + 4;
  uint8_t* out = output_.Reserve(bound, exchange_->pool());
  if (out == nullptr) return false;
  const size_t line = engine::WriteChunkLine(out, bound, size, key, value,
                                             options_.limits.profile);
  if (line == 0) return false;
  output_.Commit(line);
  static constexpr uint8_t kLineEnd[] = {'\r', '\n'};
  if (!output_.Append(data, size, exchange_->pool()) ||
      !output_.Append(kLineEnd, size == 0 ? 0 : 2, exchange_->pool())) {
    CloseNow(ClientCloseReason::kPeerReset, ENOMEM);
    return false;
  }
  // The end of the last chunk is still to come.
  return size == 0 || AfterWrite(full);
}

bool ClientConnection::End(std::string_view key, std::string_view value,
                           std::string_view trailers) noexcept {
  if (tunnel_) {
    if (!MayWrite()) return false;
    ShutdownWrite();
    return true;
  }
  bool full;
  if (!WriteChunk(key, value, nullptr, 0, &full)) return false;
  chunks_follow_ = false;
  static constexpr uint8_t kLineEnd[] = {'\r', '\n'};
  if (!output_.Append(reinterpret_cast<const uint8_t*>(trailers.data()),
                      trailers.size(), exchange_->pool()) ||
      !output_.Append(kLineEnd, 2, exchange_->pool())) {
    CloseNow(ClientCloseReason::kPeerReset, ENOMEM);
    return false;
  }
  return AfterWrite(&full);
}

// False: the connection is gone.
bool ClientConnection::Flush() noexcept {
  while (!output_.empty()) {
    const iovec piece{const_cast<uint8_t*>(output_.data()), output_.size()};
    const ssize_t written = Stream::Write(&piece, 1);
    if (written == 0) {
      UpdateInterest();
      return true;
    }
    if (written < 0) {
      // The peer may have answered before it closed: what it said comes first.
      output_failed_ = true;
      keep_alive_ = false;
      break;
    }
    output_.Drop(static_cast<size_t>(written));
    exchange_->wheel()->Arm(this, phase_ == Phase::kWaiting
                                      ? options_.response_timeout_ms
                                      : options_.write_timeout_ms);
  }
  output_.Release(exchange_->pool());
  if (wants_writable_) {
    wants_writable_ = false;
    exchange_->AddEvent(ClientEventKind::kWritable, slot_);
  }
  UpdateInterest();
  return true;
}

}  // namespace gudeg::connection
