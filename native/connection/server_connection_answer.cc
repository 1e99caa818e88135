// Answering: a record becomes the head of a response and its body, if that
// lies in the record; then comes the next request.

#include <algorithm>
#include <cstring>

#include "../engine/serializer.h"
#include "answer_head.h"
#include "exchange.h"
#include "server.h"
#include "server_connection.h"
#include "status_lines.h"

namespace gudeg::connection {

using engine::Fault;
using engine::Framing;

namespace {
// Degu's limit of a rendered head.
constexpr size_t kDeguHeadBytes = 32768;
}  // namespace

void ServerConnection::Answer(const int32_t* answer) noexcept {
  if (phase_ == Phase::kWebSocket) {
    SendRecord(answer);
    return;
  }
  if (phase_ != Phase::kRequest || answering_) return;
  Exchange* x = exchange();
  const ServerOptions& options = server_->options();
  const int32_t flags = answer[kAnswerStatus];
  if ((flags & kAnswerAsGiven) != 0) {
    AnswerAsGiven(answer);
    return;
  }
  // RFC 9110 section 15.2: HTTP/1.0 knows no interim responses.
  if ((flags & kAnswerInterim) != 0 && is_http10_) return;
  const bool degu = options.limits.profile == engine::Profile::kDegu;
  AnswerContext context{
      options.limits.profile,
      method_,
      is_http10_,
      MayGoOn(),
      options.date_header ? x->DateLine() : std::string_view(),
  };
  const uint8_t* bytes = x->memory().answer_bytes + answer[kAnswerBytes];
  const auto body_length = static_cast<size_t>(answer[kAnswerBodyLength]);
  const size_t bound = AnswerHeadBound(answer);
  const size_t before = output_.size();
  uint8_t* out = output_.Reserve(bound + body_length, x->pool());
  if (out == nullptr) {
    CloseNow(CloseReason::kAborted);
    return;
  }
  const AnswerHead head =
      RenderAnswerHead(answer, bytes, context, out,
                       degu ? std::min(bound, kDeguHeadBytes) : bound);
  if (head.fault != Fault::kNone) {
    output_.Truncate(before);
    ReportRefused(head.fault, head.fault_detail, head.fault_name_size);
    // Of what is still to come, a body or the answer itself, nothing may meet
    // the next request.
    constexpr int32_t kMoreToCome = kAnswerInterim | kAnswerTunnel |
                                    kAnswerLength | kAnswerChunked;
    constexpr std::string_view kText =
        "the application gave an answer that can't be sent\n";
    if ((flags & kMoreToCome) == 0 && options.error_responses && MayGoOn()) {
      if (AnswerError(500, kText)) ResponseDone();
    } else {
      RefuseWith(500, kText);
    }
    return;
  }
  output_.Commit(head.size);
  if ((flags & kAnswerInterim) != 0) {
    if ((flags & 0xffff) == 100) continue_expected_ = false;
    x->Touch(this);
    return;
  }
  server_->CountAnswer(flags & 0xffff);
  if ((flags & kAnswerTunnel) != 0) {
    x->Touch(this);
    return;
  }
  keep_alive_ = head.keep_alive;
  bodiless_ = head.bodiless;
  chunked_ = head.chunked;
  until_close_ = (flags & kAnswerChunked) != 0 && !chunked_;
  if ((flags & (kAnswerLength | kAnswerChunked)) != 0) {
    answering_ = true;
    response_left_ = 0;
    if ((flags & kAnswerLength) != 0) {
      response_left_ =
          static_cast<uint32_t>(answer[kAnswerTotalLow]) |
          static_cast<uint64_t>(static_cast<uint32_t>(answer[kAnswerTotalHigh]))
              << 32;
    }
    // To HEAD the head is the whole answer.
    const bool counted = (flags & kAnswerLength) != 0;
    if (bodiless_ || (counted && response_left_ == 0)) {
      ResponseDone();
      return;
    }
    x->Touch(this);
    return;
  }
  if (!bodiless_ && body_length != 0) {
    // The body lies behind the reason and the fields.
    const uint8_t* body = bytes + std::max(answer[kAnswerReasonLength], 0);
    for (int i = 0; i < answer[kAnswerFieldCount]; i++) {
      const auto lengths = static_cast<uint32_t>(answer[kAnswerInts + i]);
      body += (lengths >> 20) + (lengths & 0xfffff);
    }
    memcpy(out + head.size, body, body_length);
    output_.Commit(body_length);
  }
  ResponseDone();
}

// What JavaScript has framed is between it and the client; whether the
// connection goes on is for both sides to say.
void ServerConnection::AnswerAsGiven(const int32_t* answer) noexcept {
  Exchange* x = exchange();
  const uint8_t* bytes = x->memory().answer_bytes + answer[kAnswerBytes];
  const auto size = static_cast<size_t>(answer[kAnswerBodyLength]);
  if (!output_.Append(bytes, size, x->pool())) {
    CloseNow(CloseReason::kAborted);
    return;
  }
  const int32_t flags = answer[kAnswerStatus];
  server_->CountAnswer(flags & 0xffff);
  if ((flags & kAnswerClose) != 0) keep_alive_ = false;
  bodiless_ = chunked_ = false;
  until_close_ = true;
  response_left_ = 0;
  continue_expected_ = false;
  if ((flags & kAnswerMore) == 0) {
    ResponseDone();
    return;
  }
  answering_ = true;
  x->Touch(this);
}

// Whether the connection may have another request behind this one's answer.
bool ServerConnection::MayGoOn() const noexcept {
  const uint32_t most = server_->options().max_requests;
  const bool is_last = most != 0 && requests_ + 1 >= most;
  const bool unread_body_hangs = continue_expected_;
  return keep_alive_ && !is_last && !unread_body_hangs && !ends_connection();
}

// Tells the application that its answer can't be sent.
void ServerConnection::ReportRefused(Fault fault, std::string_view detail,
                                     size_t name_size) noexcept {
  Exchange* x = exchange();
  int32_t* event = x->AddEvent(EventKind::kAnswerRefused, slot_);
  event[2] = static_cast<int32_t>(fault);
  event[3] = event[4] = 0;
  event[5] = static_cast<int32_t>(name_size);
  const size_t length = std::min<size_t>(detail.size(), 256);
  uint8_t* room = length == 0 ? nullptr : x->ReserveInput(0);
  if (room == nullptr) return;
  memcpy(room, detail.data(), length);
  x->CommitInput(length);
  event[3] = static_cast<int32_t>(x->OffsetOf(room));
  event[4] = static_cast<int32_t>(length);
}

// Answers for the application, or just closes, and ends the connection.
void ServerConnection::RefuseWith(uint16_t status,
                                  std::string_view text) noexcept {
  keep_alive_ = false;
  if (answering_ || !server_->options().error_responses) {
    if (!answering_ && !output_.empty()) {
      // Earlier answers, pipelined, still leave.
      BeginClose();
      return;
    }
    Abort(close_reason_);
    return;
  }
  if (AnswerError(status, text)) BeginClose();
}

// A whole answer of our own. False where there is no memory for it: the
// connection is closed then.
bool ServerConnection::AnswerError(uint16_t status,
                                   std::string_view text) noexcept {
  const bool is_head =
      method_ == engine::Method::kHEAD && phase_ == Phase::kRequest;
  uint8_t* out = output_.Reserve(512, exchange()->pool());
  if (out == nullptr) {
    CloseNow(CloseReason::kAborted);
    return false;
  }
  engine::HeadWriter writer(out, 512, engine::Profile::kRfc);
  writer.Literal(StatusLine(status));
  server_->CountAnswer(status);
  writer.Literal("content-type: text/plain\r\n");
  writer.ContentLength(text.size());
  if (server_->options().date_header) writer.Literal(exchange()->DateLine());
  if (!keep_alive_) {
    writer.Literal("connection: close\r\n");
  } else if (is_http10_) {
    writer.Literal("connection: keep-alive\r\n");
  }
  writer.End();
  if (!is_head) writer.Literal(text);
  output_.Commit(writer.size());
  return true;
}

void ServerConnection::ResponseDone() noexcept {
  answering_ = false;
  in_arena_ = false;
  wants_readable_ = false;
  requests_++;
  if (RequestMeter* meter = server_->meter()) {
    // Wraps around every 71 minutes, and so does the difference.
    meter->AddDuration(exchange()->NowUs() - started_us_);
  }
  if (pending_) {
    pending_->saved_head.reset();
    pending_->file.reset();
  }
  if (!keep_alive_) {
    BeginClose();
    return;
  }
  if (SkipBody()) NextRequest();
}

void ServerConnection::NextRequest() noexcept {
  phase_ = Phase::kHead;
  method_ = engine::Method::kOther;
  framing_ = Framing::kNone;
  body_started_ = false;
  if (InputSize() == 0) {
    pending_.reset();
    ReleaseInput();
    if (keep_alive_ && !server_->ends_idle()) {
      Flush();
    } else {
      BeginClose();
    }
    return;
  }
  if (output_.size() > server_->options().output_high_water_bytes) {
    if (!Flush()) return;
    // Writability will bring this connection back.
    if (!output_.empty()) return;
  }
  if (pending_) {
    // A fresh state for the next request, keeping the bytes.
    pending_->drained_bytes = 0;
    pending_->body_deadline_ms = 0;
  }
  // Answers of pipelined requests leave together at the end of the turn.
  if (!output_.empty()) exchange()->Touch(this);
  ParseHead();
}

}  // namespace gudeg::connection
