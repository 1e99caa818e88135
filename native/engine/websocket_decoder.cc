#include "websocket_decoder.h"

#include <algorithm>
#include <cstring>

namespace gudeg::engine {

namespace {

// Deflate may make a message larger: by five bytes for each stored block.
uint64_t CompressedBound(uint64_t limit) noexcept {
  return limit + limit / 1024 + 64;
}

}  // namespace

WebSocketDecoder::Result WebSocketDecoder::Fail(WebSocketFault fault) noexcept {
  phase_ = Phase::kOver;
  Result result;
  result.step = Step::kFault;
  result.fault = fault;
  return result;
}

WebSocketDecoder::Result WebSocketDecoder::Next(uint8_t* data,
                                                size_t size) noexcept {
  size_t used = 0;
  while (phase_ == Phase::kHead) {
    if (used == size) {
      Result result;
      result.consumed = used;
      return result;
    }
    WebSocketFault fault = WebSocketFault::kNone;
    const uint8_t* start = data + used;
    size_t available = size - used;
    const uint8_t held = held_size_;
    if (held != 0) {
      const size_t more = std::min(kMaxFrameHeadBytes - held, available);
      memcpy(held_ + held, start, more);
      start = held_;
      available = held + more;
    }
    switch (ParseFrameHead(start, available, role_, deflate_, &head_, &fault)) {
      case Progress::kFault: {
        Result result = Fail(fault);
        result.consumed = size;
        return result;
      }
      case Progress::kNeedMore: {
        if (held == 0) memcpy(held_, start, available);
        held_size_ = static_cast<uint8_t>(available);
        Result result;
        result.consumed = size;
        return result;
      }
      case Progress::kDone:
        break;
    }
    used += static_cast<size_t>(head_.head_bytes - held);
    held_size_ = 0;
    Result result = StartFrame();
    if (result.step == Step::kFault) {
      result.consumed = size;
      return result;
    }
  }
  Result result;
  switch (phase_) {
    case Phase::kData:
      result = DataStep(data + used, size - used);
      break;
    case Phase::kControl:
      result = ControlStep(data + used, size - used);
      break;
    case Phase::kHead:
    case Phase::kOver:
      result.consumed = size - used;
      break;
  }
  result.consumed += used;
  return result;
}

WebSocketDecoder::Result WebSocketDecoder::StartFrame() noexcept {
  left_ = head_.payload_bytes;
  if (IsControl(head_.opcode)) {
    phase_ = Phase::kControl;
    return {};
  }
  if (head_.opcode == WebSocketOpcode::kContinuation) {
    if (!in_message_) return Fail(WebSocketFault::kUnexpectedContinuation);
  } else {
    if (in_message_) return Fail(WebSocketFault::kInterruptedMessage);
    in_message_ = true;
    text_ = head_.opcode == WebSocketOpcode::kText;
    compressed_ = head_.rsv1;
    message_bytes_ = 0;
    frames_ = 0;
    utf8_.Reset();
  }
  frames_++;
  if (frames_ > limits_.max_frames) return Fail(WebSocketFault::kTooManyFrames);
  const uint64_t limit = compressed_
                             ? CompressedBound(limits_.max_message_bytes)
                             : limits_.max_message_bytes;
  // Both summands are below 2^63.
  if (message_bytes_ + left_ > limit) {
    return Fail(WebSocketFault::kMessageTooLarge);
  }
  message_bytes_ += left_;
  phase_ = Phase::kData;
  return {};
}

WebSocketDecoder::Result WebSocketDecoder::DataStep(uint8_t* data,
                                                    size_t size) noexcept {
  Result result;
  // The end of an empty frame is there as soon as its head is.
  if (size == 0 && left_ != 0) return result;
  const auto piece =
      static_cast<size_t>(std::min<uint64_t>(left_, uint64_t{size}));
  if (head_.masked) {
    ApplyMask(data, data, piece, head_.mask);
    head_.mask = MaskAfter(head_.mask, piece);
  }
  left_ -= piece;
  const bool ends = left_ == 0 && head_.fin;
  if (text_ && !compressed_) {
    if (!utf8_.Feed(data, piece) || (ends && !utf8_.complete())) {
      result = Fail(WebSocketFault::kInvalidUtf8);
      result.consumed = size;
      return result;
    }
  }
  if (left_ == 0) phase_ = Phase::kHead;
  if (ends) in_message_ = false;
  result.step = Step::kData;
  result.ends_message = ends;
  result.data = data;
  result.size = piece;
  result.consumed = piece;
  return result;
}

WebSocketDecoder::Result WebSocketDecoder::ControlStep(uint8_t* data,
                                                       size_t size) noexcept {
  const auto piece =
      static_cast<size_t>(std::min<uint64_t>(left_, uint64_t{size}));
  uint8_t* payload = data;
  if (held_size_ != 0 || piece < left_) {
    memcpy(held_ + held_size_, data, piece);
    held_size_ = static_cast<uint8_t>(held_size_ + piece);
    payload = held_;
  }
  left_ -= piece;
  Result result;
  if (left_ == 0) result = FinishControl(payload);
  result.consumed = result.step == Step::kFault ? size : piece;
  return result;
}

WebSocketDecoder::Result WebSocketDecoder::FinishControl(
    uint8_t* payload) noexcept {
  const auto size = static_cast<size_t>(head_.payload_bytes);
  held_size_ = 0;
  phase_ = Phase::kHead;
  if (head_.masked) ApplyMask(payload, payload, size, head_.mask);
  Result result;
  result.data = payload;
  result.size = size;
  switch (head_.opcode) {
    case WebSocketOpcode::kPing:
      result.step = Step::kPing;
      break;
    case WebSocketOpcode::kPong:
      result.step = Step::kPong;
      break;
    default: {
      const WebSocketFault fault =
          CheckClosePayload(payload, size, &result.code);
      if (fault != WebSocketFault::kNone) return Fail(fault);
      phase_ = Phase::kOver;
      result.step = Step::kClose;
      result.data = payload + std::min<size_t>(size, 2);
      result.size = size - std::min<size_t>(size, 2);
    }
  }
  return result;
}

}  // namespace gudeg::engine
