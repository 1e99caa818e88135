// The receiving half of a WebSocket: frames become whole messages, inflated and
// checked.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>

#include "../engine/websocket_decoder.h"
#include "input_buffer.h"
#include "message_inflater.h"

namespace gudeg::connection {

// What was negotiated (RFC 7692 section 7.1), from this side's view.
struct DeflateParameters {
  bool enabled = false;
  bool keeps_send_context = false;
  bool keeps_receive_context = false;
  uint8_t send_window_bits = 15;
  uint8_t receive_window_bits = 15;
};

class WebSocketWorkspace;

class WebSocketReceiver {
 public:
  enum class Step : uint8_t {
    kNeedMore,
    kMessage,
    kPing,
    kPong,
    kClose,
    kFault,
  };
  struct Result {
    Step step = Step::kNeedMore;
    bool is_text = false;
    bool is_ascii = false;
    engine::WebSocketFault fault = engine::WebSocketFault::kNone;
    uint16_t code = 0;
    size_t consumed = 0;
    // In the input, in the workspace or in the receiver, until the next call.
    const uint8_t* data = nullptr;
    size_t size = 0;
    bool is_in_input = false;
  };

  WebSocketReceiver(engine::WebSocketRole role,
                    const engine::WebSocketLimits& limits,
                    const DeflateParameters& deflate) noexcept
      : decoder_(role, limits, deflate.enabled),
        max_message_bytes_(limits.max_message_bytes),
        keeps_context_(deflate.keeps_receive_context),
        window_bits_(deflate.receive_window_bits) {}

  // It keeps nothing that the next message needs: another socket may use it.
  bool is_fresh() const noexcept {
    return decoder_.is_fresh() && !is_given_ && message_.size() == 0 &&
           !inflater_;
  }

  // One step; again with the rest until kNeedMore. Unmasks in place.
  Result Next(uint8_t* data, size_t size,
              WebSocketWorkspace* workspace) noexcept;

  // Keeps the message that kMessage just gave, until TakeHeld() or Next().
  bool Hold(const Result& message) noexcept;
  const InputBuffer& held() const noexcept { return message_; }
  void DropHeld() noexcept { message_.Release(); }

 private:
  Result Complete(const Result& whole, WebSocketWorkspace* workspace) noexcept;
  static Result Fail(engine::WebSocketFault fault, size_t consumed) noexcept;

  engine::WebSocketDecoder decoder_;
  InputBuffer message_;  // what has come of one that came in pieces
  std::unique_ptr<MessageInflater> inflater_;  // with a context of its own
  uint64_t max_message_bytes_;
  bool keeps_context_;
  bool is_given_ = false;  // message_ is the caller's until the next call
  uint8_t window_bits_;
};

}  // namespace gudeg::connection
