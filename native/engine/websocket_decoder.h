// Bytes in, pieces of messages and control frames out (RFC 6455 section 5).
//
// The decoder unmasks in place and keeps nothing but a head or a control frame
// of which not all bytes have come, so its input is always used up whole.
// Cutting the input anywhere changes nothing but the size of the pieces.
#pragma once

#include <cstddef>
#include <cstdint>

#include "utf8_validator.h"
#include "websocket_frame.h"

namespace gudeg::engine {

struct WebSocketLimits {
  uint64_t max_message_bytes = 16 * 1024 * 1024;
  uint32_t max_frames = 4096;  // of one message
};

class WebSocketDecoder {
 public:
  enum class Step : uint8_t {
    kNeedMore,  // everything is used up
    kData,      // a piece of a message, maybe empty; see ends_message
    kPing,
    kPong,
    kClose,  // code, and the reason as data; nothing may follow
    kFault,  // and nothing may follow either
  };
  struct Result {
    Step step = Step::kNeedMore;
    bool ends_message = false;
    WebSocketFault fault = WebSocketFault::kNone;
    uint16_t code = 0;
    size_t consumed = 0;
    // Lies in the input or in the decoder, until the next call.
    uint8_t* data = nullptr;
    size_t size = 0;
  };

  // `deflate`: permessage-deflate is in use, so RSV1 may start a message.
  WebSocketDecoder(WebSocketRole role, const WebSocketLimits& limits,
                   bool deflate) noexcept
      : limits_(limits), role_(role), deflate_(deflate) {}

  // One step; call it again with the rest until kNeedMore.
  Result Next(uint8_t* data, size_t size) noexcept;

  // Of the message of the last kData. Text that is not compressed has been
  // found to be UTF-8; what a compressed one holds is the caller's to check.
  bool is_text() const noexcept { return text_; }
  bool is_compressed() const noexcept { return compressed_; }
  bool is_ascii() const noexcept { return utf8_.ascii(); }
  // Bytes of the frame under way that are still to come.
  uint64_t frame_bytes_left() const noexcept { return left_; }
  // Nothing of a frame or of a message has come that isn't used up: a new
  // decoder would go on just as well.
  bool is_fresh() const noexcept {
    return phase_ == Phase::kHead && held_size_ == 0 && !in_message_;
  }

 private:
  Result Fail(WebSocketFault fault) noexcept;
  Result StartFrame() noexcept;
  Result DataStep(uint8_t* data, size_t size) noexcept;
  Result ControlStep(uint8_t* data, size_t size) noexcept;
  Result FinishControl(uint8_t* payload) noexcept;

  enum class Phase : uint8_t { kHead, kData, kControl, kOver };

  WebSocketLimits limits_;
  uint64_t left_ = 0;           // of the payload of the frame
  uint64_t message_bytes_ = 0;  // as they are on the wire
  FrameHead head_;
  uint32_t frames_ = 0;
  Utf8Validator utf8_;
  WebSocketRole role_;
  Phase phase_ = Phase::kHead;
  bool deflate_;
  bool in_message_ = false;
  bool text_ = false;
  bool compressed_ = false;
  uint8_t held_size_ = 0;
  // Of an incomplete head, or of an incomplete control frame's payload.
  uint8_t held_[kMaxControlBytes];
};

}  // namespace gudeg::engine
