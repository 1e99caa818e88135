// What all WebSockets of one environment share: they use it one after the
// other, and none of them keeps anything in it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "../engine/websocket_mask.h"
#include "message_deflater.h"
#include "message_inflater.h"
#include "websocket_receiver.h"

namespace gudeg::connection {

class WebSocketWorkspace {
 public:
  // A receiver for a socket that has none while nothing of a message is under
  // way; null when memory is out. GiveBack() keeps one for the next socket.
  std::unique_ptr<WebSocketReceiver> TakeReceiver(
      engine::WebSocketRole role, const engine::WebSocketLimits& limits,
      const DeflateParameters& deflate) noexcept;
  void GiveBack(std::unique_ptr<WebSocketReceiver> receiver) noexcept {
    spare_receiver_ = std::move(receiver);
  }

  // Compressors without a context of their own, one for each effort and window;
  // null when memory is out.
  MessageDeflater* Deflater(int window_bits, DeflateEffort effort) noexcept;
  MessageInflater* Inflater() noexcept;
  // After a broken stream the inflater starts anew.
  void DropInflater() noexcept { inflater_.reset(); }

  // The message that was deflated or inflated last.
  std::vector<uint8_t>* scratch() noexcept { return &scratch_; }
  // Gives memory back that a large message took.
  void TrimScratch() noexcept;

  // A masking key that no one can guess (RFC 6455 section 5.3).
  engine::WebSocketMask NextMask() noexcept;

 private:
  static constexpr size_t kScratchKept = 256 * 1024;
  struct SharedDeflater {
    int window_bits;
    DeflateEffort effort;
    std::unique_ptr<MessageDeflater> deflater;
  };
  std::unique_ptr<WebSocketReceiver> spare_receiver_;
  std::vector<SharedDeflater> deflaters_;
  std::unique_ptr<MessageInflater> inflater_;
  std::vector<uint8_t> scratch_;
  uint32_t random_[64];
  size_t random_left_ = 0;
};

}  // namespace gudeg::connection
