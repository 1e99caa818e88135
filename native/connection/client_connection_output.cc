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

uint8_t* ClientConnection::ReserveHead(size_t size) noexcept {
  return output_.Reserve(size, pool_);
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
  request_left_ -= body_bytes;
  if (Keep(body, body_bytes)) Flush();
  if (is_open()) UpdateInterest();
  return Fault::kNone;
}

bool ClientConnection::MayWrite() const noexcept {
  return (phase_ == Phase::kWaiting || phase_ == Phase::kBody) &&
         !output_failed_ && !output_ended_;
}

int64_t ClientConnection::Offer(const uint8_t* data, size_t size) noexcept {
  if (!MayWrite()) return -1;
  const bool counted = !tunnel_ && !chunks_follow_;
  if (counted && size > request_left_) return -1;
  const ssize_t taken =
      TakePiece(data, size, options_.output_high_water_bytes);
  if (taken < 0) {
    OnWriteFailed(static_cast<int>(taken));
    return -1;
  }
  if (counted) request_left_ -= static_cast<size_t>(taken);
  wants_writable_ = static_cast<size_t>(taken) < size;
  if (phase_ == Phase::kWaiting) {
    exchange_->wheel()->Arm(this, options_.response_timeout_ms);
  }
  if (!wants_writable_ && !Flush()) return -1;
  UpdateInterest();
  return taken;
}

// All of it, whatever the socket takes. False: the connection is gone, or takes
// no more.
bool ClientConnection::Keep(const uint8_t* data, size_t size) noexcept {
  const ssize_t taken = TakePiece(data, size, SIZE_MAX);
  if (taken < 0) OnWriteFailed(static_cast<int>(taken));
  return taken >= 0;
}

void ClientConnection::OnWriteFailed(int error) noexcept {
  if (error == -ENOMEM) {
    CloseNow(ClientCloseReason::kPeerReset, ENOMEM);
    return;
  }
  // The peer may have answered before it closed: what it said comes first.
  output_failed_ = true;
  keep_alive_ = false;
  output_.Release(pool_);
  UpdateInterest();
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
  uint8_t* out = output_.Reserve(bound, pool_);
  if (out == nullptr) return false;
  const size_t line = engine::WriteChunkLine(out, bound, size, key, value,
                                             options_.limits.profile);
  if (line == 0) return false;
  output_.Commit(line);
  // The end of the last chunk is still to come.
  if (size == 0) return true;
  static constexpr uint8_t kLineEnd[] = {'\r', '\n'};
  return Keep(data, size) && Keep(kLineEnd, 2) && AfterWrite(full);
}

bool ClientConnection::End(std::string_view key, std::string_view value,
                           std::string_view trailers) noexcept {
  if (tunnel_) {
    if (!MayWrite()) return false;
    output_ended_ = true;
    return Flush();
  }
  bool full;
  if (!WriteChunk(key, value, nullptr, 0, &full)) return false;
  chunks_follow_ = false;
  static constexpr uint8_t kLineEnd[] = {'\r', '\n'};
  return Keep(reinterpret_cast<const uint8_t*>(trailers.data()),
              trailers.size()) &&
         Keep(kLineEnd, 2) && AfterWrite(&full);
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
      OnWriteFailed(static_cast<int>(written));
      break;
    }
    output_.Drop(static_cast<size_t>(written));
    exchange_->wheel()->Arm(this, phase_ == Phase::kWaiting
                                      ? options_.response_timeout_ms
                                      : options_.write_timeout_ms);
  }
  output_.Release(pool_);
  if (output_ended_) ShutdownWrite();
  if (wants_writable_) {
    wants_writable_ = false;
    exchange_->AddEvent(ClientEventKind::kWritable, slot_);
  }
  UpdateInterest();
  return true;
}

}  // namespace gudeg::connection
