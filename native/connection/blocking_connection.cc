#include "blocking_connection.h"

#include <sys/uio.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "../engine/serializer.h"
#include "../transport/monotonic_clock.h"
#include "request_check.h"
#include "tls_records.h"

namespace gudeg::connection {

using engine::Fault;
using engine::Framing;

int BlockingConnection::Connect(
    const transport::SocketAddress& address) noexcept {
  const uint32_t timeout_ms = options_.connect_timeout_ms;
  const uint64_t deadline_ms = transport::MonotonicMs() + timeout_ms;
  const int status = socket_.Connect(address, timeout_ms);
  if (status != 0) return status;
  if (options_.tls != nullptr &&
      !socket_.StartTls(options_.tls, options_.tls_peer,
                        timeout_ms == 0 ? 0 : deadline_ms)) {
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

}  // namespace gudeg::connection
